public import Engine
import Platform
import Systemd

/// Units that an earlier config gave this host, and that run or start at boot although the config names them no more.
public enum OrphanUnits {
    /// What each is, in words, with the way to take it away.
    ///
    /// Only what the receipt says was started for a config is looked at; what systemd does not tell of is left out.
    public static func found(_ receipt: Receipt, on host: Host) async -> [Shortcoming] {
        let wanted = Set(ServiceWish.all(host).map(\.stepID.name))
        var found: [Shortcoming] = []
        for (step, entry) in receipt.steps.sorted(by: { $0.key < $1.key })
        where !wanted.contains(step) && entry.facts[Service.fact] != nil {
            guard let unit = ServiceWish.unit(ofStep: step), let state = try? await unitState(unit) else { continue }
            let isIdle = ["inactive", "failed"].contains(state.active)
            guard !isIdle || state.file == "enabled" else { continue }
            let words =
                "is \(state.active)\(state.file.isEmpty ? "" : ", \(state.file)"), and the config names it no more"
            let hint = "sudo systemctl disable --now '\(unit)' takes it away; or name it in the config again"
            found.append(Shortcoming(unit.text, Explanation(words, hint: hint)))
        }
        return found
    }
}
