@testable import Steps
import Testing

@Suite struct ImageSizeTests {
    @Test(
        arguments: [
            (100, 90, 0, 50), (100, 40, 0, 40), (100, 90, 60, 30), (100, 40, 39, 1), (100, 40, 80, 1), (1, 1, 0, 1),
        ] as [(Int64, Int64, Int, Int64)])
    func `an image that sizes itself takes half of the disk, and leaves what is reserved`(
        total: Int64, available: Int64, reserve: Int, size: Int64
    ) {
        #expect(BtrfsImage.automaticSize(of: total << 30, available << 30, reserve: reserve) == size << 30)
    }
}
