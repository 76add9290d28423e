// A stdio MCP server in Go on the official SDK, for the test of servers in other languages.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type numbers struct {
	A int `json:"a"`
	B int `json:"b"`
}

type paint struct {
	Color string `json:"color"`
}

func text(value any) *mcp.CallToolResult {
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: fmt.Sprint(value)}}}
}

func main() {
	server := mcp.NewServer(&mcp.Implementation{Name: "go-server", Version: "1.0.0"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "add", Description: "Adds two numbers."},
		func(_ context.Context, _ *mcp.CallToolRequest, in numbers) (*mcp.CallToolResult, any, error) {
			return text(in.A + in.B), nil, nil
		})
	colors := &jsonschema.Schema{
		Type:       "object",
		Properties: map[string]*jsonschema.Schema{"color": {Type: "string", Enum: []any{"red", "green"}}},
		Required:   []string{"color"},
	}
	mcp.AddTool(server, &mcp.Tool{Name: "paint", Description: "Paints.", InputSchema: colors},
		func(_ context.Context, _ *mcp.CallToolRequest, in paint) (*mcp.CallToolResult, any, error) {
			return text(in.Color), nil, nil
		})
	mcp.AddTool(server, &mcp.Tool{Name: "fail", Description: "Fails."},
		func(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, any, error) {
			return nil, nil, errors.New("it failed")
		})
	if err := server.Run(context.Background(), &mcp.StdioTransport{}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
