using StellarPipeline.Archive;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Checkpoints;
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
        new Target(), output, "read", "content", ArchiveErrorCode.GzipCorrupt, ArchiveErrorCode.GzipTruncated,
        ArchiveErrorCode.GzipTrailing, ArchiveErrorCode.SizeLimit);

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
        public override long MaxAllocatedBytes(byte[][] input) => BucketRun.MaxAllocatedBytes + (4 * BucketRun.MaxContentBytes);

        public override string Run(byte[][] input, FuzzRandom random)
        {
            if (random.OneIn(2))
            {
                var options = new ArchiveReadOptions
                {
                    WindowBytes = random.Pick([64, 1_000, 65_536]),
                    MaxRecordBytes = BucketRun.MaxRecordBytes, MaxBucketBytes = BucketRun.MaxContentBytes
                };
                return run.Read(input[0], BucketListKind.Live, 28, options, isNamedRight: true, input[1]);
            }

            int maxBytes = random.OneIn(4) ? 1 + random.Below(BucketRun.MaxContentBytes) : BucketRun.MaxContentBytes;
            Task<byte[]?> reading =
                ArchiveFile.ReadContentAsync(new MemoryTransport(input[0]), ArchivePath.Ledgers(63), maxBytes, CancellationToken.None);
            if (!reading.IsCompleted)
                throw new InvalidOperationException("The file's reader waits, although all is there.");
            byte[] read = reading.GetAwaiter().GetResult()!;
            Assert.InRange(read.Length, 0, maxBytes);
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
