internal import Glibc
import Platform
internal import Synchronization

/// A download that may be cut off and gone on with, by this process or a later one.
///
/// Beside the file lies `FILE.origin`: a digest of the address, which may hold a signature, and what the server called
/// its version. Only with the same address and a strong version are bytes ever appended; the digest is checked over the
/// whole all the same.
struct PartialFile: Sendable {
    let path: String
    let url: SourceURL
    /// How many bytes it may have.
    let limit: Int64

    private var originPath: String { "\(path).origin" }

    private struct Progress {
        var file: Int32 = -1
        var written: Int64 = 0
        var begun = false
        var error: SystemCallError?
        var refusal: String?
        var encoding: String?
        var isTooLarge = false
    }

    /// One attempt.
    ///
    /// Blocks.
    func attempt(
        _ request: Transfer.Request, isStopped: @escaping @Sendable () -> Bool,
        onBytes: @escaping @Sendable (Int64, Int64?) -> Void
    ) throws(TransferError) -> Transfer.Answer {
        var request = request
        let version = resumableVersion()
        // The last byte is asked for again: a file that is whole already would only be answered 416.
        let there = version == nil ? 0 : max(0, size() - 1)
        if let version, there > 0 {
            request.offset = there
            request.headers.append("If-Range: \(version)")
        }
        let file: Descriptor
        do throws(SystemCallError) {
            file = try Descriptor.open(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
        } catch {
            throw .disk(error)
        }
        let progress = Mutex(Progress(file: file.number, written: there))
        let answer = Transfer(request, isStopped: isStopped) { piece, headers, status in
            progress.withLock { write(piece, headers, status, resumedAt: there, &$0, onBytes) }
        }.run()
        return try outcome(answer, progress.withLock { $0 })
    }

    private func outcome(_ answer: Transfer.Answer, _ end: Progress) throws(TransferError) -> Transfer.Answer {
        if let error = end.error { throw .disk(error) }
        if end.isTooLarge {
            _ = startOver("it is too large")
            throw .tooLarge(url: url.description, limit: Int(limit))
        }
        if let encoding = end.encoding {
            _ = startOver("it is encoded")
            throw .wrongAnswer(url: url.description, reason: "the server sent it with Content-Encoding \(encoding)")
        }
        if let refusal = end.refusal { return startOver(refusal) }
        // 416: what is there is no part of what the server has now.
        if answer.status == 416 { return startOver("the server has no more of it") }
        if answer.succeeded(url), !end.begun { ftruncate(end.file, 0) }
        var answer = answer
        answer.reached = end.written
        return answer
    }

    private func write(
        _ piece: UnsafeRawBufferPointer, _ headers: [String: String], _ status: Int, resumedAt: Int64,
        _ progress: inout Progress, _ onBytes: (Int64, Int64?) -> Void
    ) -> Bool {
        // The text of an error page is not part of the file.
        guard url.scheme == "file" || (200..<300).contains(status) else { return true }
        do throws(SystemCallError) {
            if !progress.begun {
                progress.begun = true
                if let encoding = headers["content-encoding"], encoding.lowercased() != "identity" {
                    progress.encoding = encoding
                    return false
                }
                if let refusal = refusal(headers, status, resumedAt) {
                    progress.refusal = refusal
                    return false
                }
                progress.written = status == 206 || (url.scheme == "file" && resumedAt > 0) ? resumedAt : 0
                ftruncate(progress.file, off_t(progress.written))
                lseek(progress.file, off_t(progress.written), SEEK_SET)
                try rememberOrigin(headers)
            }
            let left = headers["content-length"].flatMap(Int64.init)
            let whole = left.map { status == 206 ? $0.addingReportingOverflow(resumedAt).partialValue : $0 }
            guard progress.written + Int64(piece.count) <= limit, whole ?? 0 <= limit else {
                progress.isTooLarge = true
                return false
            }
            try writeAll(progress.file, Array(piece), path)
            progress.written += Int64(piece.count)
            onBytes(progress.written, whole)
            return true
        } catch {
            progress.error = error
            return false
        }
    }

    private func refusal(_ headers: [String: String], _ status: Int, _ resumedAt: Int64) -> String? {
        guard status == 206 else { return nil }
        let range = headers["content-range"].flatMap { ContentRange($0) }
        let isRest = range?.isRest(after: resumedAt, length: headers["content-length"].flatMap { Int64($0) })
        return isRest == true ? nil : "the server sent another part than it was asked for"
    }

    /// Throws away what is there; the next attempt begins at the first byte.
    private func startOver(_ reason: String) -> Transfer.Answer {
        try? Files.remove(path)
        try? Files.remove(originPath)
        return Transfer.Answer(status: 0, code: 18, reason: reason)
    }

    // MARK: Origin

    private func rememberOrigin(_ headers: [String: String]) throws(SystemCallError) {
        let tag = headers["etag"].flatMap { $0.hasPrefix("W/") ? nil : $0 }
        guard let version = tag ?? headers["last-modified"] else { return try Files.remove(originPath) }
        try Files.replace(originPath, with: Array("\(url.fingerprint)\n\(version)\n".utf8), mode: 0o600)
    }

    private func resumableVersion() -> String? {
        guard url.scheme != "file", let text = (try? Files.text(originPath)) ?? nil else { return nil }
        let lines = text.split(separator: "\n")
        guard lines.count == 2, lines[0] == url.fingerprint else { return nil }
        return String(lines[1])
    }

    private func size() -> Int64 { ((try? FileStatus.of(path)) ?? nil)?.size ?? 0 }
}
