import Platform
import Testing

@testable import Compression

@Suite struct DecompressionTests {
    /// How a file may be packed, for a shell.
    static let packings = [
        "cat plain > packed", "gzip -c plain > packed", "gzip -1 -c plain > packed",
        "(head -c 1000000 plain | gzip; tail -c +1000001 plain | gzip -9) > packed",
        "(gzip -c plain; head -c 512 /dev/zero) > packed", "(gzip -c plain; gzip -c < /dev/null) > packed",
        "zstd -q plain -o packed", "zstd -q --no-check -19 plain -o packed", "zstd -q --long=24 plain -o packed",
        "(head -c 1000000 plain | zstd -qc; tail -c +1000001 plain | zstd -qc) > packed",
        "(zstd -qc plain; printf '\\120\\052\\115\\030\\3\\0\\0\\0abc') > packed",
        "xz -c plain > packed", "xz -T2 --block-size=65536 -c plain > packed", "xz -T1 -0 -c plain > packed",
        "xz -T1 --block-size=1000000 -c plain > packed", "xz -C none -c plain > packed",
        "xz -C crc32 -T2 -c plain > packed", "xz -C sha256 -T2 --block-size=500000 -c plain > packed",
        "xz --x86 --lzma2 -c plain > packed",
        "(head -c 1000000 plain | xz -T2; head -c 4 /dev/zero; tail -c +1000001 plain | xz -T1; head -c 8 /dev/zero) > packed",
    ]

    @Test(arguments: packings)
    func `what was packed comes out as it was`(line: String) async throws {
        try await Packed.with(line) { packed async throws in
            // Compared as a whole: the words for a difference of megabytes would take minutes.
            let isSame = try await packed.unpack() == packed.plain
            #expect(isSame)
        }
    }

    @Test(arguments: ["gzip -c", "zstd -qc", "xz -c", "cat"])
    func `of nothing comes nothing`(program: String) async throws {
        try await Packed.with("\(program) < plain > packed", size: 0) { packed async throws in
            let found = try await packed.unpack()
            #expect(found == [])
        }
    }

    @Test(arguments: packings)
    func `a file that is still being filled comes out the same`(line: String) async throws {
        try await Packed.with(line, size: 300_000) { packed async throws in
            let size = Int64(try Files.read(packed.path).count)
            let file = GrowingFile(packed.path)
            async let found = Packed.unpack(file)
            var there: Int64 = 0
            for step in [1, 3, 2, 17, 4093, 70_001, 1, 5, 300_000] {
                there = min(size, there + Int64(step))
                file.grow(to: there)
                try await Task.sleep(for: .milliseconds(2))
            }
            file.finish()
            let isSame = try await found == packed.plain
            #expect(isSame)
        }
    }

    @Test func `what came is there to be read, though who refused the rest has removed the file`() async throws {
        try await Packed.with("cat < plain > packed", size: 5000) { packed async throws in
            let file = GrowingFile(packed.path)
            file.grow(to: 5000)
            try Files.remove(packed.path)
            file.finish()
            var bytes = [UInt8](repeating: 0, count: 6000)
            let count = try bytes.withUnsafeMutableBytes { buffer throws(DecompressionError) in
                try file.read(into: buffer, at: 0)
            }
            #expect(count == 5000 && bytes.prefix(5000) == packed.plain[...])
        }
    }

    @Test(arguments: ["gzip -c", "zstd -qc", "xz -c", "xz -T2 --block-size=1000 -c"])
    func `cut off at any place it is an error`(program: String) async throws {
        try await Packed.with("\(program) < plain > packed", size: 5000) { packed async throws in
            let whole = try Files.read(packed.path)
            for length in stride(from: CompressionFormat.lookAhead, to: whole.count, by: 7) {
                try packed.replace(with: whole.prefix(length))
                await #expect(throws: DecompressionError.self, "cut to \(length) of \(whole.count)") {
                    try await packed.unpack()
                }
            }
        }
    }

    @Test(arguments: ["gzip -c", "zstd --check -qc", "xz -c", "xz -T2 --block-size=1000 -c", "xz -C crc32 -c"])
    func `with any byte damaged it never gives other bytes`(program: String) async throws {
        try await Packed.with("\(program) < plain > packed", size: 5000) { packed async throws in
            let whole = try Files.read(packed.path)
            for place in stride(from: CompressionFormat.lookAhead, to: whole.count, by: 5) {
                var damaged = whole
                damaged[place] ^= 0x10
                try packed.replace(with: damaged)
                // A time or a name in a header may change without harm.
                if let found = try? await packed.unpack() { #expect(found == packed.plain, "byte \(place)") }
            }
        }
    }

    @Test(
        arguments: [("gzip -c", "gzip member"), ("zstd -qc", "zstd frame"), ("xz -c", "xz stream")],
        ["something else", "\\n", "\\037oops", "(nearly", "\\3757zXY and more"])
    func `what is no packed data behind the end is told of`(program: (String, String), tail: String) async throws {
        let line = "(\(program.0) plain; printf '\(tail)') > packed"
        try await Packed.with(line, size: 5000) { packed async throws in
            await #expect(throws: DecompressionError.trailing(after: program.1)) { try await packed.unpack() }
        }
    }

    @Test(arguments: [
        "zstd -q --ultra --long=28 --zstd=wlog=28 < plain > packed", "xz -0 --lzma2=dict=512MiB < plain > packed",
    ])
    func `a window that takes too much memory is refused before it is taken`(line: String) async throws {
        try await Packed.with(line, size: 5000) { packed async throws in
            await #expect { try await packed.unpack() } throws: { error in
                if case .tooMuchMemory? = error as? DecompressionError { true } else { false }
            }
        }
    }

    @Test(arguments: ["gzip -c", "zstd -qc", "xz -T2 --block-size=65536 -c", "cat"])
    func `who waits for more is let go when nobody wants it any more`(program: String) async throws {
        try await Packed.with("\(program) < plain > packed") { packed async throws in
            let file = GrowingFile(packed.path)
            let found = Task { try await Packed.unpack(file) }
            file.grow(to: 100_000)
            try await Task.sleep(for: .milliseconds(20))
            file.interrupt()
            await #expect(throws: DecompressionError.interrupted) { try await found.value }
        }
    }

    @Test(arguments: ["gzip -c", "zstd -qc", "xz -T2 --block-size=65536 -c", "cat"])
    func `who wants no more of it may go at any time`(program: String) async throws {
        try await Packed.with("\(program) < plain > packed") { packed async throws in
            let file = try GrowingFile.complete(packed.path)
            let count = try await onOwnThread { () throws(SystemCallError) in
                let decompression = try Decompression(file, (try? CompressionFormat.of(file)) ?? .other)
                let first = (try? decompression.pipe.next())??.bytes.count
                decompression.end()
                return first ?? 0
            }
            #expect(count > 0 && count < packed.plain.count)
        }
    }

    @Test func `a file that was cut by somebody else is an error`() async throws {
        try await Packed.with("cp plain packed") { packed async throws in
            let file = GrowingFile(packed.path)
            file.grow(to: Int64(packed.plain.count) + 1)
            file.finish()
            await #expect(throws: DecompressionError.damaged("it became shorter while it was read")) {
                try await Packed.unpack(file)
            }
        }
    }
}
