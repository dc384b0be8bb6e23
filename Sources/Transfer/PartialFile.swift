internal import Glibc
import Platform
internal import Synchronization

/// A download that may be cut off and gone on with, by this process or a later one.
///
/// Beside the file lies `FILE.origin`: a digest of the address, which may hold a signature, and what the server called
/// its version. Only with the same address and a strong version are bytes ever appended; the digest is checked over the
/// whole all the same.
/// Bytes once written never change, for others read them already: what begins anew is a new file.
struct PartialFile: Sendable {
    let path: String
    let url: SourceURL
    let limit: Downloader.Limit

    private var originPath: String { "\(path).origin" }

    private struct Progress: ~Copyable {
        var file: Descriptor
        /// What was there already, its last byte asked for again.
        var there: Int64
        var written: Int64
        var begun = false
        var error: SystemCallError?
        var refusal: String?
        var isTooLarge = false
        var isUnwanted = false
        var noRoom: TransferError?
    }

    /// One attempt.
    ///
    /// Blocks.
    func attempt(
        _ request: Transfer.Request, isStopped: @escaping @Sendable () -> Bool,
        onProgress: @escaping @Sendable (Downloader.Progress) -> Void
    ) throws(TransferError) -> Transfer.Answer {
        var request = request
        let version = resumableVersion()
        let there = version == nil ? 0 : size()
        if let version, there > 0 {
            // The last byte is asked for again: a file that is whole already would only be answered 416.
            request.offset = there - 1
            request.headers.append("If-Range: \(version)")
        }
        let opened: Progress
        do throws(SystemCallError) {
            opened = Progress(file: try open(fresh: there == 0), there: there, written: there)
        } catch {
            throw .disk(error)
        }
        onProgress(.begun(at: there))
        let progress = Mutex(opened)
        let answer = Transfer(request, isStopped: isStopped) { piece, headers, status in
            progress.withLock { take(piece, headers, status, &$0, onProgress) }
        }.run()
        return try progress.withLock { (end) throws(TransferError) in try outcome(answer, end, onProgress) }
    }

    private func open(fresh: Bool) throws(SystemCallError) -> Descriptor {
        guard fresh else { return try Descriptor.open(path, O_RDWR | O_NOFOLLOW) }
        try Files.remove(path)
        try Files.remove(originPath)
        return try Descriptor.open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
    }

    private func outcome(
        _ answer: Transfer.Answer, _ end: borrowing Progress, _ onProgress: (Downloader.Progress) -> Void
    ) throws(TransferError) -> Transfer.Answer {
        if let error = end.error { throw .disk(error) }
        if end.isUnwanted { throw .cancelled(url: url.description) }
        // What is there is sound, and may be gone on with when there is room.
        if let noRoom = end.noRoom { throw noRoom }
        if end.isTooLarge {
            _ = startOver("it is too large")
            throw .tooLarge(url: url.description, limit: Int(limit.bytes))
        }
        if let refusal = end.refusal { return startOver(refusal) }
        // 416: what is there is no part of what the server has now.
        if answer.status == 416 { return startOver("the server has no more of it") }
        if answer.succeeded(url), !end.begun, end.there > 0 { return startOver("the server sent nothing") }
        if answer.succeeded(url), !end.begun {
            onProgress(.answered(ServerAnswer(answer.status, answer.headers, beginning: [])))
        }
        var answer = answer
        answer.reached = end.written
        return answer
    }

    private func take(
        _ piece: UnsafeRawBufferPointer, _ headers: [String: String], _ status: Int, _ progress: inout Progress,
        _ onProgress: (Downloader.Progress) -> Void
    ) -> Bool {
        // The text of an error page is not part of the file.
        guard url.scheme == "file" || (200..<300).contains(status) else { return true }
        guard limit.isWanted() else {
            progress.isUnwanted = true
            return false
        }
        var piece = piece
        do throws(SystemCallError) {
            if !progress.begun {
                progress.begun = true
                // It ignores ranges, or has another version now, and sends the whole.
                if progress.there > 0, status == 200 {
                    progress = Progress(file: try open(fresh: true), there: 0, written: 0, begun: true)
                    onProgress(.begun(at: 0))
                }
                if let refusal = try refusal(headers, status, piece, progress) {
                    progress.refusal = refusal
                    return false
                }
                if progress.there == 0 { onProgress(.answered(ServerAnswer(status, headers, beginning: piece))) }
                if progress.there > 0 { piece = UnsafeRawBufferPointer(rebasing: piece.dropFirst()) }
                try rememberOrigin(headers)
            }
            let left = headers["content-length"].flatMap(Int64.init)
            let whole = left.map { $0.addingReportingOverflow(max(progress.there - 1, 0)).partialValue }
            guard progress.written + Int64(piece.count) <= limit.bytes, whole ?? 0 <= limit.bytes else {
                progress.isTooLarge = true
                return false
            }
            if progress.written == progress.there, let whole, let room = limit.room {
                progress.noRoom = try room(whole, whole - progress.there)
                if progress.noRoom != nil { return false }
            }
            try writeAll(progress.file.number, piece, at: progress.written, path)
            progress.written += Int64(piece.count)
            onProgress(.received(progress.written, of: whole))
            return true
        } catch {
            progress.error = error
            return false
        }
    }

    private func refusal(
        _ headers: [String: String], _ status: Int, _ piece: UnsafeRawBufferPointer, _ progress: borrowing Progress
    ) throws(SystemCallError) -> String? {
        guard status == 206 else { return nil }
        let last = max(progress.there - 1, 0)
        let range = headers["content-range"].flatMap { ContentRange($0) }
        guard range?.isRest(after: last, length: headers["content-length"].flatMap { Int64($0) }) == true else {
            return "the server sent another part than it was asked for"
        }
        guard progress.there > 0 else { return nil }
        var byte: UInt8 = 0
        let count = pread(progress.file.number, &byte, 1, off_t(last))
        guard count >= 0 else { throw SystemCallError("pread", path, code: errno) }
        return count == 1 && byte == piece.first ? nil : "the server has other bytes now"
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
