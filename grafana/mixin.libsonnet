// The alerts, recording rules and dashboard as a Prometheus mixin (https://monitoring.mixins.dev/),
// for repositories that vendor mixins with jsonnet-bundler and render them with mixtool. It repeats
// nothing: it reads the files that Prometheus and Grafana read.
//
// _config changes what is commonly changed:
//   (import 'tokcheck/grafana/mixin.libsonnet') + { _config+:: { job: 'tokens' } }
local rules(text) = std.parseYaml(text);

{
  _config:: {
    // The job name of the scrape configuration.
    job: 'tokcheck',
    // Where the runbooks are; each alert's section is appended.
    runbooks: null,
    // Whether node_exporter reads a file of tokcheck serve --textfile, so that none is scraped.
    textfile: false,
  },

  local config = self._config,
  local adapt(rule) = rule {
    // A string of JSON is one of PromQL, too.
    expr: std.strReplace(rule.expr, 'job="tokcheck"', 'job=' + std.escapeStringJson(config.job)),
    [if config.runbooks != null && 'alert' in rule then 'annotations']+: {
      runbook_url: '%s#%s' % [config.runbooks, std.asciiLower(rule.alert)],
    },
  },
  local groups(file) = [
    group { rules: [adapt(rule) for rule in group.rules]}
    for group in file.groups
  ],

  prometheusAlerts+:: {
    groups+: groups(rules(importstr 'prometheus/rules/alerts.yml')) + groups(rules(
      if config.textfile
      then importstr 'prometheus/textfile/textfile.yml'
      else importstr 'prometheus/rules/server.yml'
    )),
  },
  prometheusRules+:: {
    groups+: groups(rules(importstr 'prometheus/rules/recording.yml')),
  },
  grafanaDashboards+:: {
    'tokcheck.json': import 'dashboards/tokcheck.json',
  },
}
