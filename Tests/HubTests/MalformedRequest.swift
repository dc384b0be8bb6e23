import Platform
import Testing

@testable import Hub

/// A request of which two readers on its way could see different ends, or different hosts: what smuggling is made of
/// (RFC 9112, 11.2).
struct MalformedRequest: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// As printf(1) reads it.
    ///
    /// Behind each comes a second request, which nobody may see.
    let text: String
    /// Where libmicrohttpd's own reader decides: the first version that refuses it.
    var since = ""

    private static let line = "POST /api/v1/hosts/h/status HTTP/1.1\\r\\nHost: localhost\\r\\n"
    private static let chunks = "\(line)Transfer-Encoding: chunked\\r\\n\\r\\n"

    private init(_ description: String, _ text: String, since: String = "") {
        testDescription = description
        self.text = text
        self.since = since
    }

    /// One whose head has a line more.
    private init(_ description: String, header: String, body: String = "{}", since: String = "") {
        self.init(description, "\(Self.line)\(header)\\r\\n\\r\\n\(body)", since: since)
    }

    /// One whose body comes in pieces.
    private init(_ description: String, chunks: String, since: String = "") {
        self.init(description, Self.chunks + chunks, since: since)
    }

    static let all = lines + names + lengths + encodings + pieces

    private static let lines = [
        MalformedRequest(
            "a bare LF ends every line", "GET /health HTTP/1.1\\nHost: localhost\\n\\n", since: "0.9.77"),
        MalformedRequest(
            "a bare LF ends the first line", "GET /health HTTP/1.1\\nHost: localhost\\r\\n\\r\\n", since: "0.9.77"),
        MalformedRequest("a bare LF ends a header", header: "X: y\\nContent-Length: 2", since: "0.9.77"),
        MalformedRequest("a bare LF ends the head", "\(line)Content-Length: 2\\r\\n\\n{}", since: "0.9.77"),
        MalformedRequest("a bare CR ends the first line", "GET /health HTTP/1.1\\rHost: localhost\\r\\n\\r\\n"),
        MalformedRequest("a bare CR in a header", header: "X: y\\rContent-Length: 2"),
        MalformedRequest("a second CR before the end of a line", header: "X: y\\r\\r\\nContent-Length: 2"),
        MalformedRequest("a header goes on in the next line", header: "X: y\\r\\n z", since: "0.9.77"),
        MalformedRequest("a length stands in the next line", header: "Content-Length:\\r\\n 2", since: "0.9.77"),
        MalformedRequest(
            "an encoding stands in the next line", header: "Transfer-Encoding:\\r\\n chunked", body: "0\\r\\n\\r\\n",
            since: "0.9.77"),
        MalformedRequest(
            "a blank before the first header", "GET /health HTTP/1.1\\r\\n X: y\\r\\nHost: localhost\\r\\n\\r\\n",
            since: "0.9.77"),
        MalformedRequest(
            "NUL in the host", "GET /health HTTP/1.1\\r\\nHost: localhost\\0.example\\r\\n\\r\\n", since: "0.9.77"),
        MalformedRequest("a control character in a header", header: "X: \\007\\r\\nContent-Length: 2"),
    ]

    private static let names = [
        MalformedRequest("a blank before the colon of a length", header: "Content-Length : 2"),
        MalformedRequest("a tab before the colon of a length", header: "Content-Length\\t: 2"),
        MalformedRequest(
            "a blank before the colon of an encoding", header: "Transfer-Encoding : chunked", body: "0\\r\\n\\r\\n"),
        MalformedRequest("a bare CR in a name", header: "Content-Length\\rX: 2"),
        MalformedRequest("a header without a name", header: ": y\\r\\nContent-Length: 2", since: "0.9.77"),
        MalformedRequest("a header without a colon", header: "xyz\\r\\nContent-Length: 2"),
        MalformedRequest("two hosts", header: "Host: localhost"),
        MalformedRequest("no host", "GET /health HTTP/1.1\\r\\n\\r\\n"),
    ]

    private static let lengths =
        [
            "+2", "-1", "0x2", "2, 2", "2 a", "", "2;", "0x", "\\302\\2622", "1e1", "2.0",
        ].map { MalformedRequest("the length is \($0)", header: "Content-Length: \($0)") } + [
            MalformedRequest("two lengths", header: "Content-Length: 2\\r\\nContent-Length: 3"),
            MalformedRequest("one length twice", header: "Content-Length: 2\\r\\nContent-Length: 2"),
            MalformedRequest(
                "a length with chunks", header: "Content-Length: 2\\r\\nTransfer-Encoding: chunked",
                body: "0\\r\\n\\r\\n"),
        ]

    private static let encodings =
        [
            "xchunked", "identity", "gzip, chunked", "chunked, identity", "\"chunked\"", "\\013chunked", "chunked;q=1",
            "",
        ].map {
            MalformedRequest("the encoding is \($0)", header: "Transfer-Encoding: \($0)", body: "0\\r\\n\\r\\n")
        } + [
            MalformedRequest(
                "one encoding twice", header: "Transfer-Encoding: chunked\\r\\nTransfer-Encoding: chunked",
                body: "0\\r\\n\\r\\n")
        ]

    private static let pieces =
        [
            "+2", "-2", "0x2", " 2", "", "gg", "2 a",
        ].map { MalformedRequest("a piece's length is \($0)", chunks: "\($0)\\r\\n{}\\r\\n0\\r\\n\\r\\n") } + [
            MalformedRequest("a bare LF ends a piece's length", chunks: "2\\n{}\\r\\n0\\r\\n\\r\\n", since: "0.9.77"),
            MalformedRequest("a bare LF ends a piece", chunks: "2\\r\\n{}\\n0\\r\\n\\r\\n", since: "0.9.77"),
            MalformedRequest("a bare LF ends the last piece", chunks: "2\\r\\n{}\\r\\n0\\n\\n", since: "0.9.77"),
            MalformedRequest("a bare LF ends what follows it", chunks: "2\\r\\n{}\\r\\n0\\r\\n\\n", since: "0.9.77"),
            MalformedRequest("a bare LF in what a length says besides", chunks: "2;a\\nb\\r\\n{}\\r\\n0\\r\\n\\r\\n"),
            MalformedRequest("a bare CR ends a piece's length", chunks: "2\\r{}\\r\\n0\\r\\n\\r\\n"),
            MalformedRequest("a piece is longer than it says", chunks: "2\\r\\n{}xx0\\r\\n\\r\\n"),
        ]

    /// None of them: a reader that refuses these is of no use.
    static let sound = [
        MalformedRequest("a body", header: "Content-Length: 2"),
        MalformedRequest("blanks before a length", header: "Content-Length:\\t 2"),
        MalformedRequest("no body", header: "X: y", body: ""),
        MalformedRequest("pieces", chunks: "2\\r\\n{}\\r\\n0\\r\\n\\r\\n"),
        MalformedRequest("pieces with a header behind them", chunks: "2\\r\\n{}\\r\\n0\\r\\nX: y\\r\\n\\r\\n"),
        MalformedRequest("an encoding in capitals", header: "Transfer-Encoding: CHUNKED", body: "0\\r\\n\\r\\n"),
        MalformedRequest("letters of another language", header: "X: \\303\\251", body: ""),
    ]

    func isRefused(by version: String) -> Bool { Self.isRefused(since: since, by: version) }

    static func isRefused(since: String, by version: String) -> Bool {
        let numbers = [since, version].map { $0.split(separator: ".").map { Int($0) ?? 0 } }
        return !numbers[1].lexicographicallyPrecedes(numbers[0])
    }

    /// Sends it with a second request behind it; gives the answers' status codes, and whether the hub ended the connection.
    func answers(at url: String) async throws -> (codes: [String], ends: Bool) {
        let port = url.split(separator: ":").last.map(String.init) ?? ""
        let second = "GET /page.js HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n"
        // Bash's own sockets, and all in one piece: what comes after the end could take the answer away with it.
        let script = """
            exec 3<>/dev/tcp/127.0.0.1/\(port); /usr/bin/printf '\(text)\(second)' >&3 2>/dev/null
            timeout 5 cat <&3 2>/dev/null; echo; echo "end $?"
            """
        let result = try await Subprocess.run(Command("/usr/bin/bash", ["-c", script]), timeout: .seconds(60))
        let codes = result.output.matches(of: #/HTTP/1\.[01] ([0-9]{3}) /#).map { String($0.output.1) }
        return (codes, result.output.hasSuffix("end 0\n"))
    }
}
