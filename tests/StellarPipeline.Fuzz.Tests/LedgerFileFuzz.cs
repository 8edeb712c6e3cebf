using System.Buffers.Binary;
using StellarPipeline.Archive;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Fuzz.Tests.Corpus;
using StellarPipeline.Fuzz.Tests.Harness;
using StellarPipeline.Fuzz.Tests.Mutation;
using StellarPipeline.Generator.Writing;
using StellarPipeline.Xdr;
using Xunit.Abstractions;

namespace StellarPipeline.Fuzz.Tests;

/// <summary>Damaged files of ledger headers. Many have their hashes made right again, for a wrong hash would end most cases.</summary>
public sealed class LedgerFileFuzz(ITestOutputHelper output)
{
    [Fact]
    public Task Verify_DamagedLedgerFiles_AreProvedOrRefused() => FuzzRun.RunAsync(
        new Target(), output, "proved", ArchiveErrorCode.HeaderHash, ArchiveErrorCode.HeaderChain, ArchiveErrorCode.HeaderCount,
        ArchiveErrorCode.HeaderValue, ArchiveErrorCode.XdrFormat,
        ArchiveErrorCode.RecordHeader, ArchiveErrorCode.RecordTruncated, ArchiveErrorCode.RecordTrailing,
        ArchiveErrorCode.ProtocolUnsupported);

    private sealed class Target : FuzzTarget
    {
        private const int HashBytes = 32;
        private const int PreviousHashOffset = HashBytes + 4;

        public override string Name => "ledger-file";

        public override int Share => 5;

        public override byte[][] Make(FuzzRandom random)
        {
            SampleLedgerFile file = FuzzCorpus.Shared.LedgerFiles[random.Below(FuzzCorpus.Shared.LedgerFiles.Length)];
            byte[] other = random.Pick(FuzzCorpus.Shared.LedgerFiles).Content;
            byte[] content = random.OneIn(3) ? XdrMutator.Mutate(file.Content, other, random) : WithRecords(file.Content, other, random);
            byte[] checkpoint = new byte[8];
            BinaryPrimitives.WriteUInt32BigEndian(checkpoint, file.Checkpoint);
            BinaryPrimitives.WriteInt32BigEndian(checkpoint.AsSpan(4), file.Schedule.Frequency);
            return [content, checkpoint];
        }

        // A header is an object of some 200 bytes for a record of at least 300.
        public override long MaxAllocatedBytes(byte[][] input) => (64 * 1024) + (4L * input[0].Length);

        public override string Run(byte[][] input, FuzzRandom random)
        {
            uint checkpoint = BinaryPrimitives.ReadUInt32BigEndian(input[1]);
            var schedule = new CheckpointSchedule(BinaryPrimitives.ReadInt32BigEndian(input[1].AsSpan(4)));
            LedgerHeader header = LedgerHeaderChain.Verify(input[0], ArchivePath.Ledgers(checkpoint), schedule, checkpoint);
            Assert.Equal(checkpoint, header.Sequence);
            Assert.InRange(header.CloseTime, DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue);
            return "proved";
        }

        private static byte[] WithRecords(byte[] content, byte[] other, FuzzRandom random)
        {
            List<byte[]> records = RecordFraming.Split(content);
            int place = random.Below(records.Count);
            switch (random.Below(12))
            {
                case 0:
                    records.RemoveAt(place);
                    break;
                case 1:
                    records.Insert(place, records[random.Below(records.Count)]);
                    break;
                case 2:
                    (records[place], records[0]) = (records[0], records[place]);
                    break;
                default:
                    records[place] = XdrMutator.Mutate(records[place], other, random);
                    break;
            }

            if (!random.OneIn(8))
                Repair(records, place, isLinked: !random.OneIn(4));
            return Join(records);
        }

        private static void Repair(List<byte[]> records, int first, bool isLinked)
        {
            for (int index = Math.Max(0, first); index < records.Count; index++)
            {
                byte[] record = records[index] = (byte[])records[index].Clone();
                if (record.Length < HashBytes + PreviousHashOffset + 4)
                    return;
                if (isLinked && index > 0)
                    records[index - 1].AsSpan(0, HashBytes).CopyTo(record.AsSpan(PreviousHashOffset));
                Hash256.Of(record.AsSpan(HashBytes, record.Length - HashBytes - 4)).CopyTo(record);
            }
        }

        private static byte[] Join(List<byte[]> records)
        {
            using var content = new MemoryStream();
            Span<byte> mark = stackalloc byte[4];
            foreach (byte[] record in records)
            {
                BinaryPrimitives.WriteUInt32BigEndian(mark, 0x8000_0000 | (uint)record.Length);
                content.Write(mark);
                content.Write(record);
            }

            return content.ToArray();
        }
    }
}
