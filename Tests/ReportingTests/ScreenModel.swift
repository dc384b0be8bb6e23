import Platform
import Testing

/// What a terminal shows after some bytes, by pyte, a terminal in Python.
struct ScreenModel {
    /// The lines that have left the window at its top, then those in it; empty ones at the end left out.
    let lines: [String]

    /// A line's end alone begins a line at its left, as the kernel's terminals have it for what programs write.
    private static let script = """
        import pyte, sys
        columns, rows = int(sys.argv[1]), int(sys.argv[2])
        screen = pyte.HistoryScreen(columns, rows, history=10000, ratio=1)
        screen.set_mode(pyte.modes.LNM)
        pyte.ByteStream(screen).feed(sys.stdin.buffer.read())
        line = lambda row: "".join(row[x].data for x in range(columns)).rstrip()
        lines = [line(row) for row in screen.history.top] + [text.rstrip() for text in screen.display]
        while lines and not lines[-1]: lines.pop()
        sys.stdout.write("".join(line + chr(10) for line in lines))
        """

    init(_ bytes: [UInt8], columns: Int, rows: Int) async throws {
        let result = try await Subprocess.run(
            Command("/usr/bin/python3", ["-c", Self.script, "\(columns)", "\(rows)"], input: bytes))
        try #require(result.succeeded, "\(result.errors)")
        lines = result.output.byteLines.map(String.init)
    }
}
