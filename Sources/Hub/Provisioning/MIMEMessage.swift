internal import FoundationEssentials
internal import Platform

/// A message of several parts (RFC 2046, 5.1), as cloud-init takes it for user-data.
struct MIMEMessage {
    struct Part {
        /// As in `text/x-shellscript`.
        let type: String
        let fileName: String
        /// Further header lines.
        var headers: [String] = []
        let text: String
    }

    let parts: [Part]

    var text: String {
        var boundary = "part-of-user-data"
        while parts.contains(where: { $0.text.utf8.contains(boundary.utf8) }) { boundary += "_" }
        let head = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"\(boundary)\"\n"
        // The line feed before a boundary is the boundary's.
        let bodies = parts.map { "\n--\(boundary)\n\($0.lines.joined(separator: "\n"))\n\n\($0.body)" }
        return head + bodies.joined() + "\n--\(boundary)--\n"
    }
}

extension MIMEMessage.Part {
    fileprivate var lines: [String] {
        [
            "Content-Type: \(type); charset=\"utf-8\"",
            "Content-Transfer-Encoding: \(text.isPlain ? "7bit" : "base64")",
            "Content-Disposition: attachment; filename=\"\(fileName)\"",
        ] + headers
    }

    fileprivate var body: String {
        text.isPlain
            ? text : Data(text.utf8).base64EncodedString(options: [.lineLength76Characters, .endLineWithLineFeed])
    }
}
