import Confinement
internal import Glibc
internal import JSON
import Platform
internal import Synchronization

/// The helper's side: reads requests from standard input, does them, and answers on standard output.
public enum HelperService {
    /// No request is longer: an environment file of a few megabytes, as numbers.
    static let longestLine = 32 << 20

    /// Serves until standard input ends, which also happens when the agent dies; what runs then is stopped in order.
    public static func run() async -> Int32 {
        guard Account.currentUser == 0 else {
            try? writeAll(
                2, Array("privileged-helper: must be run as root, by host-bootstrap itself\n".utf8), "standard error")
            return 1
        }
        // The agent decides what a signal from the terminal means.
        for number in [SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGTTIN, SIGTTOU] { signal(number, SIG_IGN) }
        umask(0o022)
        chdir("/")
        let output = HelperOutput()
        output.write(.confined(confine()))
        let boundary = await boundary()
        return await withTaskGroup(of: Void.self) { group in
            let work = WorkInProgress()
            for await line in lines() {
                switch try? AgentLine(json: Array(line.utf8)) {
                case .request(let id, let request):
                    let task = Task { await serve(id, request, boundary, output) }
                    work.began(id, task)
                    group.addTask {
                        await task.value
                        work.ended(id)
                    }
                case .cancel(let id): work.cancel(id)
                case .proxies(let proxies):
                    // Not a task of its own: it holds for all that comes after it.
                    do throws(PrivilegedError) { try Apt.use(proxies) } catch {
                        let words = error.explanation
                        output.write(.failed(id: 0, problem: words.problem, place: words.place, hint: words.hint))
                        work.cancelAll()
                        return 1
                    }
                case nil:
                    // Whoever writes such a line is not believed in anything else.
                    output.write(.failed(id: 0, problem: "no request", place: nil, hint: ""))
                    work.cancelAll()
                    return 1
                }
            }
            work.cancelAll()
            return 0
        }
    }

    /// Gives up, for itself and all that it starts, what no request needs; what cannot be given up is told, not refused.
    private static func confine() -> String {
        let files = KernelSupport.landlock
        guard KernelSupport.hasSeccomp else { return "\(files), no seccomp" }
        do throws(SystemCallError) {
            try SystemCallFilter.helper.apply(to: .process)
            return "\(files), seccomp"
        } catch {
            return "\(files), no seccomp: \(error.explanation.problem)"
        }
    }

    /// Why nobody knows what may be asked for is told in answer to each request.
    private static func boundary() async -> Result<Boundary?, PrivilegedError> {
        do throws(PrivilegedError) { return .success(try await Boundary.current()) } catch { return .failure(error) }
    }

    private static func serve(
        _ id: Int, _ request: PrivilegedRequest, _ boundary: Result<Boundary?, PrivilegedError>, _ output: HelperOutput
    ) async {
        do throws(PrivilegedError) {
            let answer = try await request.perform(within: boundary.get()) { output.write(.progress(id: id, $0)) }
            output.write(.done(id: id, answer))
        } catch {
            let words = error.explanation
            output.write(.failed(id: id, problem: words.problem, place: words.place, hint: words.hint))
        }
    }

    private static func lines() -> AsyncStream<String> {
        AsyncStream { sink in
            startThread {
                var line: [UInt8] = []
                var buffer = [UInt8](repeating: 0, count: 1 << 16)
                while true {
                    let count = read(0, &buffer, buffer.count)
                    if count < 0 && errno == EINTR { continue }
                    guard count > 0 else { return sink.finish() }
                    // No request is read from what is too long to be one.
                    guard line.count < longestLine else {
                        sink.yield("")
                        return sink.finish()
                    }
                    for byte in buffer[0..<count] {
                        if byte == UInt8(ascii: "\n") {
                            sink.yield(String(decoding: line, as: UTF8.self))
                            line.removeAll(keepingCapacity: true)
                        } else {
                            line.append(byte)
                        }
                    }
                }
            }
        }
    }
}

/// The requests being worked on, so that they can be stopped.
private final class WorkInProgress: Sendable {
    private let tasks = Mutex<[Int: Task<Void, Never>]>([:])
    func began(_ id: Int, _ task: Task<Void, Never>) { tasks.withLock { $0[id] = task } }
    func ended(_ id: Int) { tasks.withLock { $0[id] = nil } }
    func cancel(_ id: Int) { tasks.withLock { $0[id] }?.cancel() }
    func cancelAll() { for task in tasks.withLock({ Array($0.values) }) { task.cancel() } }
}

/// Writes one line at a time.
private final class HelperOutput: Sendable {
    private let turn = Mutex(())
    func write(_ line: HelperLine) {
        let bytes = line.json() + [UInt8(ascii: "\n")]
        // An agent that has gone is seen by the end of standard input.
        turn.withLock { _ in try? writeAll(1, bytes, "standard output") }
    }
}
