import Engine
import HostConfig
import Platform

/// That the host is to boot anew, since its packages ask for it; who runs this does so when all is reported.
struct Reboot: Step {
    /// Its name.
    static let name: StepID = "reboot"
    let id = Self.name
    let phase = Phase.finish
    let needs: Set<StepID>
    private static let what = "reboot"

    init(needs: Set<StepID>) { self.needs = needs }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        let (pending, boot, uptime) = try await onDisk { () throws(SystemCallError) in
            (try RebootRequest.pending(), try RebootRequest.boot(), try RebootRequest.uptime())
        }
        guard let pending else { return [] }
        // This very run has said that it will.
        if context.remembered("decided") != context.facts["decided"] { return [] }
        if let last = context.facts["boot"], last != boot, uptime < .seconds(600) {
            context.lacks(
                Explanation(
                    "a reboot is \(pending.words) again, minutes after the last one, and is not done once more",
                    at: RebootRequest.place,
                    hint: "see who asks (cat \(RebootRequest.place).pkgs); sudo reboot, or run again later"))
            return []
        }
        return [Difference(Self.what, found: pending.words, wanted: Difference.reboot)]
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        let (pending, boot) = try await onDisk { () throws(SystemCallError) in
            (try RebootRequest.pending(), try RebootRequest.boot())
        }
        context.remember("boot", boot)
        context.remember("decided", Timestamp.now().rfc3339)
        context.progress("a reboot, \(pending?.words ?? ""), follows when all is reported; this run goes on after it")
    }
}

extension Provisioning.Ending {
    /// The run ended well, and the host is to boot anew.
    public var asksForReboot: Bool {
        guard case .ran(let report, _) = self else { return false }
        return report.succeeded && report.changed.contains(Reboot.name)
    }
}
