// For pint, which checks the rules against a Prometheus that has data of yours: that what they select is there, with the labels
// that they match and join by, and that rates are of counters.
//
//   PROMETHEUS_URL=http://localhost:9090 pint --config alerts/pint.hcl lint --fail-on warning alerts/*-alerts.yml alerts/recording-rules.yml

prometheus "mcp" {
  uri      = "${ENV_PROMETHEUS_URL}"
  required = true
}

check "promql/series" {
  lookbackRange = "7d"
  lookbackStep  = "5m"
}

// It fires always, which is its use.
rule {
  match {
    name = "Watchdog"
  }
  disable = ["alerts/comparison"]
}

// The Collector has these series once it has given something up, which is what the alert waits for.
rule {
  match {
    name = "OTelGatewayLosingData"
  }
  disable = ["promql/series"]
}
