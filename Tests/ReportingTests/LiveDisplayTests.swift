import Engine
import Platform
import Testing

@testable import Reporting

@Suite struct LiveDisplayTests {
    @Test(arguments: [(40, 8), (80, 24), (200, 50)])
    func `a run on a terminal leaves its lines and nothing else, and meanwhile shows what runs`(
        columns: Int, rows: Int
    ) async throws {
        let terminal = try PseudoTerminal(columns: columns, rows: rows)
        let display = try live(terminal)
        let log = EventLog(run: RunIdentity(hostID: "h"), sinks: [display])
        log.emit(.stepStarted, step: "bundle-tools")
        log.emit(.stepProgress, step: "bundle-tools") { $0.message = "fetching 取得" }
        log.measure("bundle-tools", ByteProgress(3 << 20, of: 6 << 20))
        let cut = columns < 60 ? "3.0…" : "3.0 of 6.0 MiB"
        let wanted = try Regex("- bundle-tools             [0-9]+ s +\(cut)")
        let during = try await screen(terminal, columns, rows) { $0.contains { $0.starts(with: wanted) } }
        #expect(during.count == 1 && during.first?.starts(with: wanted) == true)
        display.say("waiting for nobody")
        log.emit(.stepFinished, step: "bundle-tools") { event in
            event.durationMilliseconds = 1200
            event.differences = []
        }
        log.emit(.runFinished) { $0.message = "done" }
        await log.finish()
        display.say("error: said at last")
        let shown = try await screen(terminal, columns, rows) { $0.last == "error: said at last" }
        terminal.hangUp()
        let expected = ["waiting for nobody", "changed  bundle-tools             1.2 s", "done", "error: said at last"]
        #expect(shown == expected.flatMap { wrapped($0, columns) })
    }

    @Test func `without progress to show it is as silent as a file's reader has it`() async throws {
        let terminal = try PseudoTerminal(columns: 80, rows: 24)
        let display = try live(terminal)
        try await Task.sleep(for: LiveDisplay.interval * 4)
        await display.finish()
        terminal.hangUp()
        #expect(terminal.bytes.isEmpty)
    }

    @Test func `colours name how a step ended, and are left out where they are not wanted`() {
        var event = Event.sample(.stepFailed, step: "layout")
        event.error = "no space"
        let coloured = EventLines(verbose: false, style: LineStyle(isColoured: true)).lines(for: event)
        let plain = EventLines(verbose: false, style: LineStyle(isColoured: false)).lines(for: event)
        #expect(coloured[0].hasPrefix("\u{1b}[1;31mFAILED\u{1b}[0m   layout"))
        #expect(plain[0].hasPrefix("FAILED   layout"))
        #expect(coloured.map { $0.replacing(/\u{1b}\[[0-9;]*m/, with: "") } == plain)
    }

    @Test func `where lines alone are shown, what runs is told when nothing ended for a while`() async throws {
        let terminal = try PseudoTerminal(columns: 80, rows: 24)
        let lines = TerminalLines(
            verbose: false, style: LineStyle(isColoured: false), silence: .milliseconds(200), to: terminal.slave)
        let log = EventLog(run: RunIdentity(hostID: "h"), sinks: [lines])
        log.emit(.stepStarted, step: "apt-packages")
        let shown = try await screen(terminal, 80, 24) { $0.count > 1 }
        await log.finish()
        terminal.hangUp()
        #expect(shown.allSatisfy { $0.hasPrefix("running  apt-packages ") })
    }

    @Test func `the first line may come sooner than the signs of life behind it`() async throws {
        let terminal = try PseudoTerminal(columns: 80, rows: 24)
        let lines = TerminalLines(
            verbose: false, style: LineStyle(isColoured: false), silence: .seconds(60), first: .milliseconds(100),
            to: terminal.slave)
        let work = WorkDisplay("add-binary", sinks: [lines])
        work.context.measure(ByteProgress(1 << 20, of: 4 << 20, work: "compressing"))
        let shown = try await screen(terminal, 80, 24) { !$0.isEmpty }
        try await Task.sleep(for: .milliseconds(500))
        let later = try await screen(terminal, 80, 24) { !$0.isEmpty }
        await work.finish()
        terminal.hangUp()
        #expect(shown.count == 1 && later == shown)
        #expect(
            shown.first?.starts(with: /running  add-binary, compressing [0-9]+ s \(1\.0 of 4\.0 MiB/) == true,
            "\(shown)")
    }

    private func live(_ terminal: PseudoTerminal) throws -> LiveDisplay {
        LiveDisplay(
            on: try #require(Terminal(terminal.slave)), verbose: false, style: LineStyle(isColoured: false),
            spinner: ["- "])
    }

    /// What is shown as soon as that is as wanted, or after five seconds.
    private func screen(
        _ terminal: PseudoTerminal, _ columns: Int, _ rows: Int, until isReached: ([String]) -> Bool
    ) async throws -> [String] {
        for _ in 0..<50 {
            let lines = try await ScreenModel(terminal.bytes, columns: columns, rows: rows).lines
            if isReached(lines) { return lines }
            try await Task.sleep(for: .milliseconds(100))
        }
        return try await ScreenModel(terminal.bytes, columns: columns, rows: rows).lines
    }

    /// As a terminal wraps it.
    private func wrapped(_ line: String, _ columns: Int) -> [String] {
        line.count <= columns ? [line] : [String(line.prefix(columns)), String(line.dropFirst(columns))]
    }
}
