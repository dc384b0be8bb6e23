internal import Glibc
import Platform

/// What lies on a disk: read from the device itself, never from what udev has heard of it.
enum DiskContent: Sendable, Equatable {
    /// No signature that blkid(8) knows, and zeros where such begin and end.
    case nothing
    case fileSystem(String, uuid: String?)
    /// In words, what else.
    case other(String)

    /// Behind "it".
    var words: String {
        switch self {
        case .nothing: "holds nothing"
        case .fileSystem(let kind, let uuid): "holds \(kind)\(uuid.map { " with the UUID \($0)" } ?? "")"
        case .other(let words): "holds \(words)"
        }
    }

    /// Reads it.
    static func of(_ device: BlockDevice) async throws(PrivilegedError) -> DiskContent {
        let result: CommandResult
        do throws(SystemCallError) {
            result = try await Subprocess.run(
                Command("/usr/sbin/blkid", ["--probe", "--output", "export", device.path]), timeout: .seconds(60))
        } catch {
            throw .failed(error.explanation)
        }
        switch result.exitCode {
        case 0 where !Self.isOnlyPlace(result.output): return DiskContent(blkid: result.output)
        case 0: break
        case 2 where result.errors.isEmpty: break
        // Signatures of several kinds.
        case 8: return .other("signatures that contradict each other")
        default:
            throw .refused(
                what: "blkid: \(result.errors.suffix(300))", place: device.path,
                hint: "see what the kernel says of it: dmesg")
        }
        let isBlank = try await asRequest(beneath: []) { () throws(SystemCallError) in try isZero(device) }
        return isBlank ? .nothing : .other("data of a kind that nobody knows")
    }

    /// Of a partition blkid tells where it lies, whatever it holds.
    static func isOnlyPlace(_ text: String) -> Bool {
        text.byteLines.allSatisfy { $0.isEmpty || $0.hasFirstBytes("DEVNAME=") || $0.hasFirstBytes("PART_ENTRY_") }
    }

    /// Reads what blkid says.
    init(blkid text: String) {
        var values: [String: String] = [:]
        for line in text.byteLines {
            let parts = line.parts(at: "=")
            if parts.count == 2 { values[String(parts[0])] = String(parts[1]) }
        }
        let uuid = values["UUID"].flatMap { Self.isUUID($0) ? $0 : nil }
        switch (values["TYPE"], values["USAGE"], values["PTTYPE"]) {
        case (let kind?, "filesystem", nil): self = .fileSystem(kind, uuid: uuid)
        case (let kind?, _, _): self = .other(kind)
        case (nil, _, let table?): self = .other("a partition table (\(table))")
        default: self = .other("something that blkid names without a type")
        }
    }

    /// As btrfs, ext4 and xfs have it; it becomes a part of a path and of a unit.
    static func isUUID(_ text: String) -> Bool {
        text.utf8.count == 36
            && text.utf8.enumerated().allSatisfy { index, byte in
                [8, 13, 18, 23].contains(index)
                    ? byte == UInt8(ascii: "-")
                    : (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
            }
    }

    /// The first and the last MiB hold nothing: a database or an encrypted volume may lie there without a signature.
    private static func isZero(_ device: BlockDevice) throws(SystemCallError) -> Bool {
        let disk = try Descriptor.open(device.path, O_RDONLY)
        let piece = 1 << 20
        var buffer = [UInt8](repeating: 0, count: piece)
        for offset in [0, max(0, device.bytes - Int64(piece))] {
            let result = buffer.withUnsafeMutableBytes { buffer in
                Result { () throws(SystemCallError) in
                    try disk.read(into: buffer, count: piece, at: offset, path: device.path)
                }
            }
            let count = try result.get()
            if count == 0 || buffer[..<count].contains(where: { $0 != 0 }) { return false }
        }
        return true
    }
}
