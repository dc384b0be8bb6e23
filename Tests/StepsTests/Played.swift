import Engine

/// A run of some steps without those that they need: what it reports, and the receipt it leaves in a folder.
struct Played {
    let report: RunReport
    let receipt: Receipt

    static func run(_ steps: [any Step], in folder: String) async throws -> Played {
        let identity = RunIdentity(hostID: "h")
        let path = "\(folder)/state.json"
        let receipt = Receipt(run: identity, configDigest: "00", agentVersion: "1", parallel: true)
        let store = ReceiptStore(path: path, run: receipt, previous: try ReceiptStore.read(path))
        let settings = Runner.Settings(parallel: true, limit: { _ in .seconds(60) })
        let log = EventLog(run: identity, sinks: [])
        let report = await Runner(try Graph(steps.map(Alone.init)), settings, log: log, receipt: store).run()
        return Played(report: report, receipt: store.current)
    }
}

/// A step that needs no other.
struct Alone: Step {
    let step: any Step
    var id: StepID { step.id }
    var phase: Phase { step.phase }
    var needs: Set<StepID> { [] }
    var isOptional: Bool { step.isOptional }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] { try await step.inspect(context) }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        try await step.apply(differences, context)
    }

    func ownedThings(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] {
        try await step.ownedThings(context)
    }

    func preview(_ context: StepContext) async throws(StepFailure) -> [Difference] { try await step.preview(context) }
}
