internal import Database
internal import Glibc
internal import Platform
internal import Synchronization

/// Writes down what requests bring about, without letting them fill the disk: what is repeated within an hour is one line
/// more, with a count.
final class AuditLog: Sendable {
    private struct Key: Hashable {
        let actor: String, act: AuditEntry.Act, subject: String, address: String?
    }

    private struct Repeats {
        let began: ContinuousClock.Instant
        /// Not written yet.
        var times: Int64 = 0
        var isFirstWritten = false
    }

    private struct State {
        var repeats: [Key: Repeats] = [:]
        var refusals = 0
        var unwritten: [AuditEntry] = []
        var sinceTrim = 0
    }

    /// The bounds.
    struct Limits: Sendable {
        /// What is repeated within it is written once more, at its end.
        var window = Duration.seconds(3600)
        /// Different refusals within a window; the others are one.
        var refusals = 100
        /// Different acts of hosts and users within a window; the others are one.
        var acts = 50_000
        /// How soon something is on the disk.
        var interval = Duration.seconds(1)
    }

    private let limits: Limits
    private let store: HubStore
    private let onFailure: @Sendable (Explanation) -> Void
    private let state = Mutex(State())
    private let pool = WorkerPool()
    private let isEnded = StopFlag()

    init(store: HubStore, limits: Limits = Limits(), onFailure: @escaping @Sendable (Explanation) -> Void) {
        (self.store, self.limits, self.onFailure) = (store, limits, onFailure)
    }

    /// Writes, again and again, until ``end()``; on a thread of its own.
    func start() throws(SystemCallError) {
        try pool.start { [self] in
            attempt { () throws(DatabaseError) in try store.trimAudit() }
            while !isEnded.isSet {
                usleep(UInt32(limits.interval.milliseconds) * 1000)
                write(all: false)
            }
        }
    }

    /// Writes all that is left.
    func end() {
        isEnded.set()
        pool.join()
        write(all: true)
    }

    /// Names are cut to what ours have, whatever a stranger sent.
    func note(_ act: AuditEntry.Act, by actor: String, _ subject: String, from address: String?) {
        let key = Key(actor: cut(actor), act: act, subject: cut(subject), address: address.map(cut))
        state.withLock { state in
            if state.repeats[key] != nil {
                state.repeats[key]?.times += 1
                return
            }
            let isFull = act.isRefusal ? state.refusals >= limits.refusals : state.repeats.count >= limits.acts
            let others = Key(actor: "others", act: act, subject: "", address: nil)
            if !isFull, act.isRefusal { state.refusals += 1 }
            state.repeats[isFull ? others : key, default: Repeats(began: .now)].times += 1
        }
    }

    private func write(all: Bool) {
        let entries = state.withLock { state in
            take(&state, all)
            return state.unwritten
        }
        guard !entries.isEmpty, attempt({ () throws(DatabaseError) in try store.note(entries) }) else { return }
        let isMuch = state.withLock { state in
            state.unwritten.removeFirst(entries.count)
            state.sinceTrim += entries.count
            defer { if state.sinceTrim >= 500 { state.sinceTrim = 0 } }
            return state.sinceTrim >= 500
        }
        if isMuch { attempt { () throws(DatabaseError) in try store.trimAudit() } }
    }

    /// What came first, and the repeats of windows that are over; held up by a database that does not answer.
    private func take(_ state: inout State, _ all: Bool) {
        guard state.unwritten.count < limits.acts else { return }
        let now = ContinuousClock.now
        let isOver = { (repeats: Repeats) in all || now - repeats.began >= self.limits.window }
        let due = state.repeats.filter { isOver($0.value) || !$0.value.isFirstWritten }
        for (key, repeats) in due.sorted(by: { $0.value.began < $1.value.began }) {
            if repeats.times > 0 {
                state.unwritten.append(
                    AuditEntry(
                        actor: key.actor, act: key.act, subject: key.subject, address: key.address, times: repeats.times
                    ))
                state.repeats[key]?.times = 0
                state.repeats[key]?.isFirstWritten = true
            }
            guard isOver(repeats) else { continue }
            state.repeats[key] = nil
            if key.act.isRefusal, key.actor != "others" { state.refusals -= 1 }
        }
    }

    @discardableResult
    private func attempt(_ body: () throws(DatabaseError) -> Void) -> Bool {
        do throws(DatabaseError) {
            try body()
            return true
        } catch {
            onFailure(error.explanation)
            return false
        }
    }

    private func cut(_ text: String) -> String {
        text.utf8.count <= 128 ? text : String(decoding: text.utf8.prefix(125), as: UTF8.self) + "…"
    }
}
