import Platform
import Testing

@testable import Compression

/// A folder with a file `plain`, and `packed`, which a line of shell made of it.
struct Packed: Sendable {
    let top: String
    let plain: [UInt8]
    var path: String { "\(top)/packed" }

    /// Half of the bytes are words that repeat, half are noise, so that compressors find both.
    static func bytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        while bytes.count < count {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            if state >> 63 == 0 {
                bytes += "the quick brown fox \(state >> 56) ".utf8
            } else {
                withUnsafeBytes(of: state) { bytes += $0 }
            }
        }
        return Array(bytes[..<count])
    }

    static func with(_ line: String, size: Int = 3_000_000, _ body: (Packed) async throws -> Void) async throws {
        let packed = Packed(top: try Folders.makeTemporary(prefix: "/tmp/compression-tests-"), plain: bytes(size))
        defer { try? Folders.removeTree(packed.top) }
        try Files.replace("\(packed.top)/plain", with: packed.plain, mode: 0o600)
        let result = try await Subprocess.run(
            Command("/bin/sh", ["-ec", line], workingDirectory: packed.top), timeout: .seconds(300))
        try #require(result.succeeded, "\(result.errors)")
        try await body(packed)
    }

    /// Unpacks what is there.
    func unpack() async throws -> [UInt8] { try await Self.unpack(try GrowingFile.complete(path)) }

    /// Unpacks a file, on a thread of its own, as it grows.
    static func unpack(_ file: GrowingFile) async throws(DecompressionError) -> [UInt8] {
        try await onOwnThread { () throws(DecompressionError) in
            let format = try CompressionFormat.of(file)
            let decompression: Decompression
            do throws(SystemCallError) { decompression = try Decompression(file, format) } catch { throw .disk(error) }
            defer { decompression.end() }
            var all: [UInt8] = []
            while let chunk = try decompression.pipe.next() {
                all += chunk.bytes
                decompression.pipe.recycle(chunk)
            }
            return all
        }
    }

    func replace(with bytes: some Collection<UInt8>) throws {
        try Files.replace(path, with: Array(bytes), mode: 0o600)
    }
}
