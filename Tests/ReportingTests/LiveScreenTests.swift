import Glibc
import Platform
import Testing

@testable import Reporting

@Suite struct LiveScreenTests {
    private let start = ContinuousClock.now

    @Test(arguments: [(40, 6), (80, 24), (200, 5)])
    func `of what moves nothing is left, and every other line stands there once`(columns: Int, rows: Int) async throws {
        var screen = LiveScreen(), bytes = Array("$ host-bootstrap\n".utf8), wanted = ["$ host-bootstrap"]
        for number in 0..<50 {
            let block = (0..<(number % (rows - 1))).map { "running \(number) \($0)" }
            let lines = number % 3 == 0 ? ["ok step-\(number)"] : []
            wanted += lines
            bytes += screen.draw(lines, block, columns: columns, rows: rows, at: start)
        }
        wanted.append("done")
        bytes += screen.draw(["done"], [], columns: columns, rows: rows, at: start)
        let shown = try await ScreenModel(bytes, columns: columns, rows: rows).lines
        #expect(shown == wanted)
    }

    @Test func `what moves stands below all that stays`() async throws {
        var screen = LiveScreen()
        var bytes = screen.draw(["ok layout"], ["| apt 1 s", "  50 %"], columns: 40, rows: 10, at: start)
        bytes += screen.draw(["ok node"], ["/ apt 2 s", "  60 %"], columns: 40, rows: 10, at: start)
        let shown = try await ScreenModel(bytes, columns: 40, rows: 10).lines
        #expect(shown == ["ok layout", "ok node", "/ apt 2 s", "  60 %"])
    }

    @Test func `a long line that stays is wrapped, not cut, and what moves is still found`() async throws {
        var screen = LiveScreen()
        let long = String(repeating: "0123456789", count: 5)
        var bytes = screen.draw([long], ["| apt 1 s"], columns: 20, rows: 10, at: start)
        bytes += screen.draw(["ok"], [], columns: 20, rows: 10, at: start)
        let shown = try await ScreenModel(bytes, columns: 20, rows: 10).lines
        #expect(shown == [String(long.prefix(20)), String(long.prefix(20)), String(long.prefix(10)), "ok"])
    }

    @Test func `where nothing has changed nothing is written`() {
        var screen = LiveScreen()
        #expect(!screen.draw([], ["| apt"], columns: 40, rows: 10, at: start).isEmpty)
        #expect(screen.draw([], ["| apt"], columns: 40, rows: 10, at: start).isEmpty)
    }

    @Test func `after the process was stopped for a while, nothing above the cursor is touched`() async throws {
        var screen = LiveScreen()
        var bytes = screen.draw([], ["| apt 1 s", "  50 %"], columns: 40, rows: 10, at: start)
        bytes += Array("$ fg\n".utf8)
        bytes += screen.draw([], ["| apt 9 s", "  50 %"], columns: 40, rows: 10, at: start + .seconds(60))
        let shown = try await ScreenModel(bytes, columns: 40, rows: 10).lines
        #expect(shown == ["| apt 1 s", "  50 %", "$ fg", "| apt 9 s", "  50 %"])
    }

    /// What a terminal moves out of the window while it wraps, no program can take away.
    @Test
    func `a window that becomes narrower, then wider, shows nothing left behind, and every other line once, in tmux`()
        async throws
    {
        let tmux = try await Tmux(columns: 80, rows: 12)
        var screen = LiveScreen()
        let long = "bundle-tools             12 s     24.1 of 124.0 MiB, 40.2 MiB/s, 3 s left"
        let stay = ["ok layout", "ok apt", "ok node", "done"]
        for (columns, line) in zip([80, 36, 100, 100], stay) {
            try await tmux.resize(columns: columns, rows: 12)
            let block =
                line == "done" ? [] : ["| \(long)", "/ \(long)", "\(columns) %"].map { $0.cut(toWidth: columns) }
            try tmux.show(screen.draw([line], block, columns: columns, rows: 12, at: start))
            try await tmux.wait(until: block.last ?? line)
        }
        let shown = try await tmux.lines(above: 0), all = try await tmux.lines(above: 100)
        await tmux.end()
        #expect(shown == stay.suffix(shown.count) && !shown.isEmpty)
        #expect(all.filter(stay.contains) == stay)
    }
}

/// A terminal of tmux's that shows what it is given.
struct Tmux {
    private let folder: WorkFolder
    private var bytes: String { "\(folder.path)/bytes" }

    init(columns: Int, rows: Int) async throws {
        folder = try WorkFolder(prefix: "/tmp/tmux-")
        try Files.replace(bytes, with: [], mode: 0o600)
        try await run([
            "-f", "/dev/null", "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", "exec tail -n +1 -f \(bytes)",
        ])
    }

    @discardableResult
    private func run(_ arguments: [String]) async throws -> String {
        let result = try await Subprocess.run(
            Command("/usr/bin/tmux", ["-S", "\(folder.path)/socket"] + arguments), timeout: .seconds(20))
        try #require(result.succeeded, "\(result.errors)")
        return result.output
    }

    func resize(columns: Int, rows: Int) async throws {
        try await run(["resize-window", "-x", "\(columns)", "-y", "\(rows)"])
    }

    func show(_ piece: [UInt8]) throws {
        let file = try Descriptor.open(bytes, O_WRONLY | O_APPEND)
        try writeAll(file.number, piece, bytes)
    }

    /// All lines but the empty ones: those in the window, and before them so many that have left it.
    func lines(above: Int) async throws -> [String] {
        try await run(["capture-pane", "-p", "-S", "-\(above)"]).byteLines.filter { !$0.isEmpty }.map(String.init)
    }

    /// Waits until this is the last line.
    func wait(until line: String) async throws {
        for _ in 0..<200 {
            if try await lines(above: 0).last == line { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("\(line) never came")
    }

    func end() async {
        _ = try? await run(["kill-server"])
        folder.remove()
    }
}
