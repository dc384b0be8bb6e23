internal import Database

/// `GET /metrics`: Prometheus' text format, 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats).
struct MetricsRoute: Sendable {
    let store: HubStore
    let metrics: Metrics

    func answer(_ request: HTTPRequest) throws(DatabaseError) -> HTTPResponse {
        guard request.method == "GET" || request.method == "HEAD" else { return .notAllowed("GET, HEAD") }
        return HTTPResponse(
            200, [("Content-Type", "text/plain; version=0.0.4; charset=utf-8"), ("Cache-Control", "no-store")],
            .bytes(Array(try text().utf8)))
    }

    private func text() throws(DatabaseError) -> String {
        let (hosts, counts) = (try store.counts(), metrics.counts)
        var lines = family("bootstrap_hub_info", "gauge", "The hub's version.")
        lines.append("bootstrap_hub_info{version=\"\(Hub.version)\"} 1")
        lines += family("bootstrap_hub_hosts", "gauge", "Hosts by the status of their shown run.")
        for status in ["waiting", "running", "done", "failed"] {
            let count = hosts.filter { $0.status == status }.reduce(0) { $0 + $1.hosts }
            lines.append("bootstrap_hub_hosts{status=\"\(status)\"} \(count)")
        }
        lines += family("bootstrap_hub_hosts_by_state", "gauge", "Hosts by the state they are in.")
        for standing in HostState.Standing.allCases {
            let count = hosts.filter { $0.standing == standing }.reduce(0) { $0 + $1.hosts }
            lines.append("bootstrap_hub_hosts_by_state{state=\"\(standing.rawValue)\"} \(count)")
        }
        let rollouts = try store.rollouts(open: true)
        lines += family("bootstrap_hub_rollouts", "gauge", "Roll-outs that are open, by status.")
        for status in Rollout.Status.allCases where status.isOpen {
            let count = rollouts.filter { $0.status == status }.count
            lines.append("bootstrap_hub_rollouts{status=\"\(status.rawValue)\"} \(count)")
        }
        lines += family("bootstrap_hub_http_responses_total", "counter", "Answers since the start, by status.")
        for (status, count) in counts.answers.sorted(by: { $0.key < $1.key }) {
            lines.append("bootstrap_hub_http_responses_total{code=\"\(status)\"} \(count)")
        }
        let name = "bootstrap_hub_report_seconds"
        lines += family(name, "histogram", "How long it took to keep a report, on the disk.")
        var sum: Int64 = 0
        for (bound, count) in zip(Metrics.bounds.map { "\($0)" } + ["+Inf"], counts.kept) {
            sum += count
            lines.append("\(name)_bucket{le=\"\(bound)\"} \(sum)")
        }
        lines += ["\(name)_sum \(counts.seconds)", "\(name)_count \(sum)"]
        return lines.joined(separator: "\n") + "\n"
    }

    private func family(_ name: String, _ type: String, _ help: String) -> [String] {
        ["# HELP \(name) \(help)", "# TYPE \(name) \(type)"]
    }
}
