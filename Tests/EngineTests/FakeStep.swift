import Engine
import Platform
import Synchronization

/// A step whose answers a test chooses; it touches no host.
final class FakeStep: Step {
    enum Act: Sendable {
        /// `meets` ends only once that many steps have begun.
        ///
        /// `lacks` changes nothing, and names what may therefore be left.
        case works, doesNothing, fails(StepFailure.Kind), sleeps, meets(Int), lacks(String)
    }

    let id: StepID
    var phase: Phase { id == "finish" ? .finish : .install }
    var isOptional: Bool { if case .lacks = act { true } else { false } }
    let needs: Set<StepID>
    let act: Act
    private let isDone: Mutex<Bool>
    private let trace: Trace?

    init(
        _ id: StepID, needs: Set<StepID> = [], _ act: Act = .works, satisfied: Bool = false, trace: Trace? = nil
    ) {
        self.id = id
        self.needs = needs
        self.act = act
        self.trace = trace
        isDone = Mutex(satisfied)
    }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        isDone.withLock { $0 } ? [] : [Difference(id.name, found: "absent", wanted: "present")]
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        trace?.add("+\(id)")
        defer { trace?.add("-\(id)") }
        switch act {
        case .works:
            context.remember("applied", "yes")
            isDone.withLock { $0 = true }
        case .meets(let others):
            while (trace?.all.count { $0.hasPrefix("+") } ?? others) < others { await Task.yield() }
            isDone.withLock { $0 = true }
        case .doesNothing: break
        case .lacks(let what): context.lacks(Explanation("it did not come", at: "x", hint: "publish it"), of: [what])
        case .fails(let kind):
            throw StepFailure(kind, Explanation("it broke", at: id.name, hint: "mend it"))
        case .sleeps:
            do { try await Task.sleep(for: .seconds(600)) } catch {
                throw StepFailure(.failed, Explanation("interrupted", hint: "run again"))
            }
        }
    }
}

/// The order in which things happened.
final class Trace: Sendable {
    private let lines = Mutex<[String]>([])
    func add(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
}
