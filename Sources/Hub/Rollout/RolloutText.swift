internal import Platform

extension RolloutView {
    /// So many hosts are named at most.
    private static let mostNamed = 50

    /// For people, a line each.
    var lines: [(name: String, words: String)] {
        let plan = rollout.plan
        let ended = rollout.endedAt.map { ", ended \($0.rfc3339)" } ?? ""
        var lines = [
            ("rollout", "\(rollout.id) \(rollout.status.rawValue)" + (waitsFor.isEmpty ? "" : ": \(waitsFor)")),
            ("change", "\(plan.change) for \(plan.group): \(rollout.given) of \(rollout.hosts) hosts have it"),
            (
                "rules",
                "soak \(plan.soak.inWords), within \(plan.within.inWords), \(plan.mostFailed) may fail"
                    + (plan.window.map { ", window \($0)" } ?? "")
            ),
            ("started", "\(rollout.startedAt.rfc3339) by \(rollout.startedBy)\(ended)"),
        ]
        for (number, wave) in waves.enumerated() {
            let counts = wave.counts.map { "\($0.hosts) \($0.kind.inWords)" }
            lines.append(
                (
                    "wave \(number + 1)",
                    "\(wave.hosts) host\(wave.hosts == 1 ? "" : "s"): \(counts.joined(separator: ", "))"
                ))
        }
        for (host, outcome) in remarkable.prefix(Self.mostNamed) {
            let words = [host.name, outcome.reason].filter { !$0.isEmpty }.joined(separator: "  ")
            lines.append((outcome.kind.inWords, words))
        }
        if remarkable.count > Self.mostNamed { lines.append(("…", "\(remarkable.count - Self.mostNamed) hosts more")) }
        return lines
    }
}
