internal import Database
internal import HostConfig
internal import Platform

/// What is said, or refused, before anything is given to anybody.
extension Hub {
    /// What hosts would say to their new configs; those alike are told once, for the first host.
    func warnings(
        of hosts: [HubStore.NewConfig], _ request: RolloutRequest
    ) throws(HubError) -> [String] {
        var lines: [String] = [], seen: Set<String> = []
        var idle = 0, slow = 0
        let keys = try folder.configKeys()
        for host in hosts {
            let config = host.new.config ?? []
            let isBare = host.old.signature != nil && host.new.signature == nil
            if let doubt = isBare ? "is not signed" : keys?.doubt(config, host.new.signature) {
                throw .rollout(.unsigned(host: host.host.name, doubt: doubt))
            }
            for line in try findings(in: config, file: host.host.name, for: host.host) {
                let words = String(line.drop { $0 != ":" })
                if seen.insert(words).inserted { lines.append(line) }
            }
            // By the config that the host has, since by that it looks.
            let present = HostConfiguration.load(host.old.config ?? [], file: host.host.name)
            guard case .success(let read) = present else { continue }
            guard let schedule = read.schedule, schedule.mode == .repair, !schedule.isElsewhere else {
                idle += 1
                continue
            }
            let interval = TimeSpan(milliseconds: Int64(schedule.everySeconds) * 1000)
            if interval.milliseconds >= request.within.milliseconds {
                throw .rollout(.tooSlow(host: host.host.name, every: interval.inWords, within: request.within.inWords))
            }
            if interval.milliseconds > request.soak.milliseconds { slow += 1 }
        }
        if idle > 0 {
            lines.append(
                "warning: \(idle) hosts do not take a config from here by themselves, since \"schedule\" with \"mode\": \"repair\" is not in theirs: "
                    + "they count as failed unless somebody types host-bootstrap apply --config FILE there")
        }
        if slow > 0 {
            lines.append(
                "warning: \(slow) hosts look at themselves less often than --soak is long: the next wave begins by what they say once"
            )
        }
        let ill = try ill(hosts.map(\.host.name))
        if !ill.isEmpty {
            lines.append(
                "warning: \(ill.count) hosts are silent or failed already, and count when they are given it and do not mend: "
                    + ill.prefix(5).joined(separator: ", "))
        }
        return lines.count > 20 ? lines.prefix(20) + ["and \(lines.count - 20) lines more"] : lines
    }

    private func ill(_ names: [String]) throws(HubError) -> [String] {
        try inDatabase { () throws(DatabaseError) in
            try store.hosts(named: Set(names)).filter { state in
                [.silent, .failed].contains(state.standing(silenceFrom: Self.always))
            }.map(\.hostID).sorted()
        }
    }
}
