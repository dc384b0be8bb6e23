/// Runs a body once, whoever asks first; the others wait until it has run.
actor Once {
    private var task: Task<Void, Never>?
    private let body: @Sendable () async -> Void

    init(_ body: @escaping @Sendable () async -> Void) { self.body = body }

    func run() async {
        let task = task ?? Task { await body() }
        self.task = task
        await task.value
    }
}
