using StellarPipeline.Archive;
using StellarPipeline.Fuzz.Tests.Corpus;
using StellarPipeline.Fuzz.Tests.Harness;
using StellarPipeline.Fuzz.Tests.Mutation;
using Xunit.Abstractions;

namespace StellarPipeline.Fuzz.Tests;

/// <summary>Damaged compressed files: their content comes out whole or not at all, and never more of it than is allowed.</summary>
public sealed class GzipFuzz(ITestOutputHelper output)
{
    [Fact]
    public Task Read_DamagedCompressedFiles_AreReadWholeOrRefused() => FuzzRun.RunAsync(
        new Target(), output, "read", "content", ArchiveErrorCode.GzipCorrupt, ArchiveErrorCode.GzipTruncated, ArchiveErrorCode.GzipTrailing, ArchiveErrorCode.SizeLimit);

    private sealed class Target : FuzzTarget
    {
        private readonly BucketRun run = new();

        public override string Name => "gzip";

        public override int Share => 5;

        public override byte[][] Make(FuzzRandom random)
        {
            byte[] content = Content(random);
            byte[] file = GzipMutator.Compress(content, random);
            return [GzipMutator.Mutate(file, GzipMutator.Compress(Content(random), random), random), content];
        }

        // Shared pools may give their arrays to the collector at any time: the input buffer is then allocated again.
        public override long AllocatedBytesMax(byte[][] input) => BucketRun.AllocatedBytesMax + (4 * BucketRun.ContentBytesMax);

        public override string Run(byte[][] input, FuzzRandom random)
        {
            if (random.OneIn(2))
            {
                var options = new ArchiveReadOptions { WindowBytes = random.Pick([64, 1_000, 65_536]), RecordBytesMax = BucketRun.RecordBytesMax, BucketBytesMax = BucketRun.ContentBytesMax };
                return run.Read(input[0], BucketListKind.Live, 28, options, isNamedRight: true, input[1]);
            }

            int bytesMax = random.OneIn(4) ? 1 + random.Below(BucketRun.ContentBytesMax) : BucketRun.ContentBytesMax;
            Task<byte[]?> reading = ArchiveFile.ReadContentAsync(new MemoryTransport(input[0]), ArchivePath.Ledgers(63), bytesMax, CancellationToken.None);
            if (!reading.IsCompleted)
                throw new InvalidOperationException("The file's reader waits, although all is there.");
            byte[] read = reading.GetAwaiter().GetResult()!;
            Assert.InRange(read.Length, 0, bytesMax);
            return "content";
        }

        private static byte[] Content(FuzzRandom random)
        {
            byte[][] records = random.Pick(FuzzCorpus.Shared.Buckets).Records;
            using var content = new MemoryStream();
            for (int index = 0, count = 1 + random.Below(Math.Min(records.Length, 20)); index < count; index++)
            {
                content.Write([0x80, 0, (byte)(records[index].Length >> 8), (byte)records[index].Length]);
                content.Write(records[index]);
            }

            return content.ToArray();
        }
    }
}
