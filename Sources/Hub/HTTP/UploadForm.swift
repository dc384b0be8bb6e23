internal import CMicroHTTPD
internal import Glibc
internal import Platform

/// Where uploads go, and how much may come.
struct UploadSettings: Sendable {
    /// A folder of the hub's own.
    let folder: String
    /// Bytes of the file; what comes beyond is read and dropped.
    let limit: Int
    /// How long one may take.
    let time: Duration

    static let path = ["api", "v1", "delta", "upload"]
}

/// A form of `multipart/form-data` (RFC 7578) while it comes in: texts in memory, the file on the disk.
///
/// One thread has it at a time; it is removed with the file when nobody refers to it.
final class UploadForm: @unchecked Sendable {
    // @unchecked: libmicrohttpd's thread fills it, and hands it over when it is whole.
    private static let mostFields = 32
    private static let longestText = 64 << 10

    /// The texts, by name; the first of a name wins.
    private(set) var texts: [String: String] = [:]
    /// Where the file lies; nil when none came.
    private(set) var file: String?
    /// Its length, more than the limit when it is too large.
    private(set) var size = 0
    /// What went wrong on this side.
    private(set) var failure: SystemCallError?

    private let settings: UploadSettings
    private let began = ContinuousClock.now
    private var partial: [String: [UInt8]] = [:]
    private var output: Descriptor?
    private var processor: OpaquePointer?

    /// Prepares for a request; nil when it is no form.
    init?(_ connection: OpaquePointer, _ settings: UploadSettings) {
        self.settings = settings
        processor = MHD_create_post_processor(
            connection, 64 << 10,
            { context, _, key, fileName, _, _, data, _, size in
                guard let context, let key else { return .NO }
                let form = Unmanaged<UploadForm>.fromOpaque(context).takeUnretainedValue()
                form.take(
                    String(cString: key), isFile: fileName != nil, UnsafeRawBufferPointer(start: data, count: size))
                return .YES
            }, Unmanaged.passUnretained(self).toOpaque())
        if processor == nil { return nil }
    }

    deinit {
        if let processor { MHD_destroy_post_processor(processor) }
        if let file { try? Files.remove(file) }
    }

    var isTooLarge: Bool { size > settings.limit }
    var isLate: Bool { ContinuousClock.now - began > settings.time }

    /// Takes a piece of the body; false when it is no form.
    func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let processor, let base = bytes.baseAddress else { return true }
        return MHD_post_process(processor, base.assumingMemoryBound(to: CChar.self), bytes.count) == .YES
    }

    /// No more comes.
    func finish() {
        if let processor { MHD_destroy_post_processor(processor) }
        processor = nil
        for (name, bytes) in partial { texts[name] = String(decoding: bytes, as: UTF8.self) }
        output = nil
    }

    private func take(_ name: String, isFile: Bool, _ bytes: UnsafeRawBufferPointer) {
        guard isFile else {
            guard partial[name] != nil || partial.count < Self.mostFields,
                partial[name, default: []].count + bytes.count <= Self.longestText
            else { return }
            partial[name, default: []] += bytes
            return
        }
        guard name == "bundle" else { return }
        size += bytes.count
        guard !isTooLarge, failure == nil else { return }
        do throws(SystemCallError) { try write(bytes) } catch { failure = error }
    }

    private func write(_ bytes: UnsafeRawBufferPointer) throws(SystemCallError) {
        let path: String
        if let file {
            path = file
        } else {
            path = "\(settings.folder)/upload-\(UInt64.random(in: 0 ... .max))"
            output = try Descriptor.open(path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
            file = path
        }
        guard output != nil else { return }
        try output?.write(bytes, path: path)
    }
}
