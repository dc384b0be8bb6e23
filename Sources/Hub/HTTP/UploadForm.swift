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
    let room: UploadQuota

    static let path = ["api", "v1", "delta", "upload"]
    /// What newer clients ask first; they go on with an upload when there is nothing there.
    static let planPath = ["api", "v1", "delta", "plan"]
}

/// A form of `multipart/form-data` (RFC 7578) while it comes in: texts in memory, the file on the disk.
///
/// One thread has it at a time; it is removed with the file when nobody refers to it.
final class UploadForm: @unchecked Sendable {
    // @unchecked: libmicrohttpd's thread fills it, and hands it over when it is whole.
    private static let mostFields = 32
    /// What else comes is nobody's concern.
    private static let known: Set = [
        "workspace_path", "collection_name", "sequence_number", "force", "session", "bundle",
    ]
    private static let longestText = 64 << 10

    /// The texts, by name.
    private(set) var texts: [String: String] = [:]
    /// Where the file lies; nil when none came.
    private(set) var file: String?
    /// Its length, more than the limit when it is too large.
    private(set) var size = 0
    /// A field of ours that was given twice, or is no UTF-8.
    private(set) var badField: String?
    /// What went wrong on this side.
    private(set) var failure: SystemCallError?

    private let settings: UploadSettings
    private let reserved: Int
    private let began = ContinuousClock.now
    private var partial: [String: [UInt8]] = [:]
    private var output: Descriptor?
    private var processor: OpaquePointer?

    /// Prepares for a request that announces so many bytes, for which there is room; nil when it is no form.
    init?(_ connection: OpaquePointer, _ settings: UploadSettings, reserved: Int) {
        self.settings = settings
        self.reserved = reserved
        processor = MHD_create_post_processor(
            connection, 64 << 10,
            { context, _, key, fileName, _, _, data, offset, size in
                guard let context, let key else { return .NO }
                let form = Unmanaged<UploadForm>.fromOpaque(context).takeUnretainedValue()
                form.take(
                    String(cString: key), isFile: fileName != nil, at: offset,
                    UnsafeRawBufferPointer(start: data, count: size))
                return .YES
            }, Unmanaged.passUnretained(self).toOpaque())
        if processor == nil { return nil }
    }

    deinit {
        if let processor { MHD_destroy_post_processor(processor) }
        if let file { try? Files.remove(file) }
        settings.room.free(reserved)
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
        for (name, bytes) in partial {
            texts[name] = String(validating: bytes, as: UTF8.self)
            if texts[name] == nil, Self.known.contains(name) { badField = name }
        }
        output = nil
    }

    private func take(_ name: String, isFile: Bool, at offset: UInt64, _ bytes: UnsafeRawBufferPointer) {
        // Each part begins at 0, perhaps twice: an empty piece may come first. Another part of the same name would be put
        // behind this one.
        if offset == 0, Self.known.contains(name), isFile ? size > 0 : partial[name]?.isEmpty == false {
            badField = name
        }
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
