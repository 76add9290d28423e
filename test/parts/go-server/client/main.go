// A client in Go on the official SDK: `go-client <url>` calls each tool over Streamable HTTP and prints what came of it as JSON.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	client := mcp.NewClient(&mcp.Implementation{Name: "go-client", Version: "1.0.0"}, nil)
	session, err := client.Connect(ctx, &mcp.StreamableClientTransport{Endpoint: os.Args[1]}, nil)
	if err != nil {
		fail(err)
	}
	listed, err := session.ListTools(ctx, nil)
	if err != nil {
		fail(err)
	}
	names := []string{}
	for _, tool := range listed.Tools {
		names = append(names, tool.Name)
	}
	sort.Strings(names)
	call := func(name string, arguments any) *mcp.CallToolResult {
		result, err := session.CallTool(ctx, &mcp.CallToolParams{Name: name, Arguments: arguments})
		if err != nil {
			fail(err)
		}
		return result
	}
	text := func(result *mcp.CallToolResult) string { return result.Content[0].(*mcp.TextContent).Text }
	added := text(call("add", map[string]any{"a": 2, "b": 3}))
	done := text(call("steps", map[string]any{}))
	failed := call("fail", map[string]any{}).IsError
	refused := call("add", map[string]any{"a": "x", "b": 3}).IsError
	if err := session.Close(); err != nil {
		fail(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode([]any{names, added, done, failed, refused}); err != nil {
		fail(err)
	}
}
