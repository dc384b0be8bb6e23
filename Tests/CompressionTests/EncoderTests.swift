import Platform
import Testing

@testable import Compression

/// What the encoders write, read by the programs that hosts have.
@Suite struct EncoderTests {
    enum Encoder: String, CaseIterable {
        case xz, xzOfCode, gzip

        func compress(_ pieces: [[UInt8]]) throws -> [UInt8] {
            final class Sink { var bytes: [UInt8] = [] }
            let sink = Sink()
            let keep: (UnsafeRawBufferPointer) throws(SystemCallError) -> Void = { sink.bytes += $0 }
            switch self {
            case .xz, .xzOfCode:
                let encoder = try XZEncoder(of: self == .xz ? .anything : .x86Code, keep)
                for piece in pieces { try piece.withUnsafeBytes { try encoder.write($0) } }
                try encoder.finish()
            case .gzip:
                let encoder = try GzipEncoder(keep)
                for piece in pieces { try piece.withUnsafeBytes { try encoder.write($0) } }
                try encoder.finish()
            }
            return sink.bytes
        }

        var programs: [[String]] {
            switch self {
            case .gzip: [["/usr/bin/gzip", "-dc"], ["/bin/busybox", "gzip", "-dc"]]
            case .xz: [["/usr/bin/xz", "-dc"], ["/bin/busybox", "xz", "-dc"]]
            case .xzOfCode: [["/usr/bin/xz", "-dc"]]
            }
        }
    }

    @Test func `how far xz is grows to the whole, and is told while its threads still work`() throws {
        var random = SystemRandomNumberGenerator()
        let bytes = (0..<(2 << 20)).map { _ in UInt8.random(in: 0...255, using: &random) }
        let encoder = try XZEncoder(of: .anything) { _ in }
        try bytes.withUnsafeBytes { try encoder.write($0) }
        // All of it is taken at once; compressing it takes longer.
        var told = [encoder.through]
        try encoder.finish { told.append(encoder.through) }
        #expect(told[0] < bytes.count && told == told.sorted() && told.count > 1, "\(told)")
        #expect(encoder.through == bytes.count)
    }

    @Test(arguments: Encoder.allCases, [[], [0], [1], [70000, 3], [1 << 20, 1 << 20, 5]])
    func `what it wrote comes out of the host's program as it was`(encoder: Encoder, lengths: [Int]) async throws {
        // Code of this very machine, and bytes that cannot be made shorter, so that more comes out than one buffer holds.
        let code = try Files.read("/usr/bin/busybox", limit: 64 << 20)
        var random = SystemRandomNumberGenerator()
        let pieces = lengths.map { length in
            (0..<length).map { $0 % 3 == 0 ? UInt8.random(in: 0...255, using: &random) : code[$0 % code.count] }
        }
        let packed = try encoder.compress(pieces)
        let wanted = pieces.flatMap { $0 }
        for program in encoder.programs {
            // As text both would be damaged: the program compares.
            let folder = try Folders.makeTemporary(prefix: "/tmp/encoder-")
            try Files.replace("\(folder)/packed", with: packed, mode: 0o644)
            try Files.replace("\(folder)/wanted", with: wanted, mode: 0o644)
            let line = "\(program.joined(separator: " ")) <\(folder)/packed | cmp - \(folder)/wanted"
            let result = try await Subprocess.run(Command("/bin/sh", ["-c", line]))
            #expect(result.succeeded && result.errors.isEmpty, "\(result)")
            try Folders.removeTree(folder)
        }
    }

    @Test(arguments: Encoder.allCases)
    func `the same bytes become the same, and fewer`(encoder: Encoder) throws {
        let code = try Files.read("/usr/bin/busybox", limit: 64 << 20)
        let packed = try encoder.compress([code])
        #expect(packed.count < code.count * 7 / 10)
        #expect(try encoder.compress([code]) == packed)
    }
}
