using System.Buffers.Binary;
using StellarPipeline.Archive;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Fuzz.Tests.Corpus;
using StellarPipeline.Fuzz.Tests.Harness;
using StellarPipeline.Fuzz.Tests.Mutation;
using Xunit.Abstractions;

namespace StellarPipeline.Fuzz.Tests;

/// <summary>Damaged buckets, not compressed: framing, hash, records, their order, and the merge of two of them.</summary>
public sealed class BucketFuzz(ITestOutputHelper output)
{
    [Fact]
    public Task Read_DamagedBuckets_AreReadWholeOrRefused() => FuzzRun.RunAsync(
        new Target(), output, "read", "merged", ArchiveErrorCode.BucketHash, ArchiveErrorCode.RecordHeader,
        ArchiveErrorCode.RecordTruncated, ArchiveErrorCode.RecordTrailing,
        ArchiveErrorCode.XdrFormat, ArchiveErrorCode.Order, ArchiveErrorCode.Duplicate, ArchiveErrorCode.MetadataPosition,
        ArchiveErrorCode.MetadataMissing,
        ArchiveErrorCode.MetadataType, ArchiveErrorCode.MetadataVersion, ArchiveErrorCode.Lifecycle, ArchiveErrorCode.WrongList,
        ArchiveErrorCode.SizeLimit);

    private sealed class Target : FuzzTarget
    {
        private readonly BucketRun run = new();

        public override string Name => "buckets";

        public override int Share => 10;

        public override byte[][] Make(FuzzRandom random)
        {
            SampleBucket bucket = random.OneIn(4) ? FuzzCorpus.Shared.HotArchiveBucket : random.Pick(FuzzCorpus.Shared.Buckets);
            bool isHotArchive = bucket.IsHotArchive != random.OneIn(20);
            if (!random.OneIn(3))
                return [Content(bucket, random.Below(4), random), [], [isHotArchive ? (byte)1 : (byte)0]];
            SampleBucket older = random.OneIn(2) ? bucket : random.Pick(FuzzCorpus.Shared.Buckets);
            return [Content(bucket, random.Below(2), random), Content(older, random.Below(2), random)];
        }

        public override long MaxAllocatedBytes(byte[][] input) => BucketRun.MaxAllocatedBytes;

        public override string Run(byte[][] input, FuzzRandom random)
        {
            var options = new ArchiveReadOptions
            {
                WindowBytes = random.Pick([64, 256, 4_096, 65_536]),
                ChunkBytes = random.Pick([64, 1_024, 65_536]),
                MaxRecordBytes = random.Pick([1_024, 4_096, BucketRun.MaxRecordBytes]),
                MaxBucketBytes = random.OneIn(8) ? 1 + random.Below(20_000) : 1_000_000,
            };
            uint protocol = random.OneIn(8) ? (uint)random.Below(30) : 28;
            bool isNamedRight = !random.OneIn(10);
            if (input.Length == 2)
                return run.Merge(input, protocol, options, isNamedRight);
            return run.Read(input[0], input[2][0] == 1 ? BucketListKind.HotArchive : BucketListKind.Live, protocol, options, isNamedRight);
        }

        private static byte[] Content(SampleBucket bucket, int rounds, FuzzRandom random)
        {
            List<byte[]> records = [.. bucket.Records];
            for (int round = 0; round < rounds && records.Count > 0; round++)
                Damage(records, random);
            byte[] content = Join(records, random);
            return random.OneIn(6) ? ByteMutator.Mutate(content, content, random, random.OneIn(2) ? 1 : 4) : content;
        }

        private static void Damage(List<byte[]> records, FuzzRandom random)
        {
            int place = random.Below(records.Count);
            byte[][] others = random.Pick(FuzzCorpus.Shared.Buckets).Records;
            switch (random.Below(10))
            {
                case 0:
                    records.RemoveAt(place);
                    break;
                case 1:
                    records.Insert(place, records[random.Below(records.Count)]);
                    break;
                case 2:
                    records.Insert(place, random.Pick(others));
                    break;
                case 3:
                    (records[place], records[0]) = (records[0], records[place]);
                    break;
                case 4:
                    // INIT for LIVE and the other way round, DEAD with an entry behind it, arms that do not exist.
                    records[place] = WithArm(records[place], random.Pick([-2, -1, 0, 1, 2, 3]));
                    break;
                case 5:
                    records[place] = WithArm(records[place], 2);
                    break;
                case 6:
                    records[0] = XdrMutator.Mutate(records[0], records[place], random);
                    break;
                default:
                    records[place] = XdrMutator.Mutate(records[place], random.Pick(others), random);
                    break;
            }
        }

        private static byte[] WithArm(byte[] record, int arm)
        {
            byte[] result = (byte[])record.Clone();
            if (result.Length >= 4)
                BinaryPrimitives.WriteInt32BigEndian(result, arm);
            return result;
        }

        private static byte[] Join(List<byte[]> records, FuzzRandom random)
        {
            using var content = new MemoryStream();
            Span<byte> mark = stackalloc byte[4];
            int wrong = random.OneIn(8) ? random.Below(records.Count) : -1;
            for (int index = 0; index < records.Count; index++)
            {
                uint length = (uint)records[index].Length;
                BinaryPrimitives.WriteUInt32BigEndian(mark, index == wrong ? WrongMark(length, random) : 0x8000_0000 | length);
                content.Write(mark);
                content.Write(records[index]);
            }

            return content.ToArray();
        }

        private static uint WrongMark(uint length, FuzzRandom random) =>
            random.Pick<uint>([0, length, 0x8000_0000, 0xffff_ffff, 0xffff_fffc, 0x8000_0000 | (length + 1), 0x8000_0000 | (length + 4),
                0x8000_0000 | (length - 4), random.Next32()]);
    }
}
