import Bundles
import Engine
import HostConfig
import Platform

/// Meets what is declared, in its order.
struct RequirementRun {
    /// One that is not met, and may be lacking.
    struct Lacking {
        let place: String
        let failure: StepFailure
        /// It was not begun, since one that it needs is lacking.
        var follows = false
    }

    private let declared: [Declared]
    private let settings: RequirementSettings
    private let context: StepContext
    private var order: RequirementOrder
    private var lacking: [Lacking] = []
    private var failures: [StepFailure] = []

    /// At most `width` are met at once.
    init(_ declared: [Declared], width: Int, _ settings: RequirementSettings, _ context: StepContext) {
        self.declared = declared
        self.settings = settings
        self.context = context
        var named: [String: Int] = [:]
        for (index, one) in declared.enumerated() {
            if let name = one.terms.name { named["\(one.bundle)/\(name)"] = index }
        }
        // A manifest that names what is not there was refused when it was read.
        let needs = declared.map { one in one.terms.needs?.compactMap { named["\(one.bundle)/\($0)"] } }
        order = RequirementOrder(needs, width: width)
    }

    /// Meets them; the answer is what is not met and may be lacking.
    func run() async throws(StepFailure) -> [Lacking] {
        let ended = await meetAll()
        guard let first = ended.failures.first else {
            if ended.order.isDone { return ended.lacking }
            throw StepFailure(.cancelled, Explanation("stopped before all was met", hint: "run again"))
        }
        let more = ended.failures.count > 1 ? " (and \(ended.failures.count - 1) more)" : ""
        throw StepFailure(
            first.kind,
            Explanation(
                first.explanation.problem + more, at: first.explanation.place, hint: first.explanation.hint))
    }

    /// Each cause once, with all that it keeps from being met; what only follows from another is left out.
    static func words(_ lacking: [Lacking]) -> String {
        var causes: [(problem: String, places: [String])] = []
        for one in lacking where !one.follows {
            let words = one.failure.explanation, place = words.place ?? one.place
            if let index = causes.firstIndex(where: { $0.problem == words.problem }) {
                causes[index].places.append(place)
            } else {
                causes.append((words.problem, [place]))
            }
        }
        let shown = causes.prefix(5).map { "\($0.places.joined(separator: ", ")): \($0.problem)" }
        let more = causes.count > shown.count ? " (and \(causes.count - shown.count) more)" : ""
        return shown.joined(separator: "; ") + more
    }

    /// The same run, when all of it has ended.
    private func meetAll() async -> Self {
        let meeting = RequirementMeeting(settings: settings, context: context)
        return await withTaskGroup(of: (Int, StepFailure?).self) { group in
            var run = self
            while true {
                for action in run.isOver ? [] : run.order.next() {
                    switch action {
                    case .skip(let index, let broken): run.skip(index, because: broken)
                    case .start(let index):
                        let requirement = run.declared[index].requirement
                        group.addTask { (index, await meeting.failure(of: requirement)) }
                    }
                }
                if run.isOver { group.cancelAll() }
                guard let (index, failure) = await group.next() else { return run }
                run.order.ended(index, isMet: failure == nil)
                if let failure { run.take(failure, of: index) }
            }
        }
    }

    /// Nothing more is begun.
    private var isOver: Bool { Task.isCancelled || settings.failsFast && !failures.isEmpty }

    private mutating func skip(_ index: Int, because broken: Int) {
        let (one, other) = (declared[index], declared[broken])
        let name = other.terms.name ?? other.requirement.place
        let failure = StepFailure(
            Explanation(
                "was not begun: it needs \"\(name)\", which is not met", at: one.requirement.place,
                hint: "see to \(other.requirement.place) first"))
        take(failure, of: index, follows: lacking.contains { $0.place == other.requirement.place })
    }

    private mutating func take(_ failure: StepFailure, of index: Int, follows: Bool = false) {
        // What ends after the first failure was stopped by it.
        if settings.failsFast, !failures.isEmpty { return }
        let one = declared[index]
        if one.terms.mayBeLacking, !Task.isCancelled {
            lacking.append(Lacking(place: one.requirement.place, failure: failure, follows: follows))
            context.progress("\(failure.explanation.summary); the host goes on without it")
        } else {
            failures.append(failure)
            if !settings.failsFast { context.progress("\(failure.explanation.summary); going on with the others") }
        }
    }
}

/// Meets one requirement.
struct RequirementMeeting: Sendable {
    let settings: RequirementSettings
    let context: StepContext

    /// Looks, meets it if need be, and looks again; nil when it is met.
    func failure(of requirement: any Requirement) async -> StepFailure? {
        do throws(StepFailure) {
            if try await requirement.difference(context) != nil { try await meet(requirement) }
            return nil
        } catch {
            return error
        }
    }

    private func meet(_ requirement: any Requirement) async throws(StepFailure) {
        context.progress("making \(requirement.place)")
        let attempts = requirement.ownTime == nil ? settings.attempts : 1
        var attempt = 1
        while true {
            do throws(StepFailure) {
                try await meetInTime(requirement)
                if let left = try await requirement.difference(context) {
                    throw StepFailure(
                        Explanation(
                            "was made, and is not as declared: \(left.found), not \(left.wanted)", at: left.what,
                            hint: "see what else writes there, then run again"))
                }
                return
            } catch {
                guard attempt < attempts, error.kind != .integrity, !Task.isCancelled else { throw error }
                context.retried(attempt: attempt, of: attempts, error.explanation.summary)
            }
            do { try await Task.sleep(for: .seconds(1 << (attempt - 1))) } catch {
                throw StepFailure(
                    .cancelled, Explanation("stopped between attempts", at: requirement.place, hint: "run again"))
            }
            attempt += 1
        }
    }

    private func meetInTime(_ requirement: any Requirement) async throws(StepFailure) {
        let limit = requirement.ownTime ?? settings.timeout
        let (result, inTime) = await withTimeLimit(limit) { () -> Result<Void, StepFailure> in
            do throws(StepFailure) { return .success(try await requirement.meet(context)) } catch {
                return .failure(error)
            }
        }
        // What ended well in the last moment ended well.
        if case .failure = result, !inTime, !Task.isCancelled {
            throw StepFailure(
                .timedOut,
                Explanation(
                    "did not end within \(limit.milliseconds / 1000) s", at: requirement.place,
                    hint: "see what it waits for; give it longer with \"timeout_seconds\" of \"requirements\""))
        }
        try result.get()
    }
}
