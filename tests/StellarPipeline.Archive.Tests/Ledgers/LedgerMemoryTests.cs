using System.Buffers.Binary;
using System.Globalization;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Archive.Tests.Transport.Http;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Generator.Ledgers;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Archive.Tests.Ledgers;

/// <summary>Memory does not grow with the number of ledgers, and the last ledger that there can be is reached.</summary>
public sealed class LedgerMemoryTests
{
    private const long BudgetBytes = 4 << 20;

    private static async Task<(long Count, long PeakBytes)> CountAsync(uint first, uint? last, uint perObject, uint end = uint.MaxValue)
    {
        var options = new LedgerStoreOptions { LedgersPerObject = perObject, ObjectsPerPartition = 64000, BudgetBytes = BudgetBytes };
        await using LedgerStore store =
            await LedgerStore.OpenAsync(new EndlessStore(perObject, end), options, isTransportOwned: false, Deadline.Token);
        long count = 0;
        await foreach (LedgerBuffer ledger in store.ReadAsync(new LedgerRange(first, last), Deadline.Token))
        {
            Assert.Equal(first + count, ledger.Sequence);
            ledger.Dispose();
            count++;
        }

        return (count, store.Budget.PeakBytes);
    }

    [Theory]
    [InlineData(64u)]
    [InlineData(10u)]
    public async Task Read_50000Ledgers_StaysInItsBudget(uint perObject)
    {
        (long count, long peakBytes) = await CountAsync(1000, 50_999, perObject);

        Assert.Equal(50_000, count);
        Assert.InRange(peakBytes, 1, BudgetBytes);
    }

    [Theory]
    [InlineData(1u)]
    [InlineData(64u)]
    [InlineData(100u)]
    public async Task Read_UpToTheLastLedgerThatThereCanBe_EndsThere(uint perObject)
    {
        Assert.Equal(300, (await CountAsync(uint.MaxValue - 299, uint.MaxValue, perObject)).Count);
        Assert.Equal(300, (await CountAsync(uint.MaxValue - 299, null, perObject)).Count);
        Assert.Equal(100, (await CountAsync(uint.MaxValue - 299, null, perObject, uint.MaxValue - 200)).Count);
    }

    /// <summary>Makes any object when it is asked for, of one ledger whose number is changed.</summary>
    private sealed class EndlessStore : IArchiveTransport
    {
        private readonly byte[] template =
            LedgerSamples.Generate(new LedgerGeneratorOptions { Transactions = 0 }, 1).Single().CloseMeta.ToArray();
        private readonly LedgerStoreLayout layout;
        private readonly int numberOffset;
        private readonly uint end;

        public EndlessStore(uint perObject, uint end)
        {
            this.end = end;
            layout = new LedgerStoreLayout(perObject, 64000);
            LedgerHeaderView header = LedgerSamples.View(template).HeaderEntry().Header;
            Assert.True(template.AsSpan().Overlaps(header.BucketListHash, out int offset));
            numberOffset = offset + 32;
            Assert.Equal(header.Sequence, BinaryPrimitives.ReadUInt32BigEndian(template.AsSpan(numberOffset)));
        }

        public string Location => "memory";

        public ValueTask<ArchiveObject?> OpenAsync(string path, long offset, CancellationToken cancellationToken)
        {
            string name = path[(path.LastIndexOf('/') + 1)..];
            if (!name.EndsWith(".zst", StringComparison.Ordinal))
                return default;
            uint first = uint.MaxValue - uint.Parse(name.AsSpan(0, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            uint last = Math.Min(layout.LastOf(first), end);
            if (first > last || path != layout.PathOf(first, ".xdr.zst"))
                return default;
            int count = (int)(last - first + 1);
            byte[] batch = new byte[12 + (count * template.Length)];
            BinaryPrimitives.WriteUInt32BigEndian(batch, first);
            BinaryPrimitives.WriteUInt32BigEndian(batch.AsSpan(4), last);
            BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(8), count);
            for (int index = 0; index < count; index++)
            {
                Span<byte> ledger = batch.AsSpan(12 + (index * template.Length), template.Length);
                template.CopyTo(ledger);
                BinaryPrimitives.WriteUInt32BigEndian(ledger[numberOffset..], first + (uint)index);
            }

            byte[] stored = LedgerSamples.Zstd(batch);
            return ValueTask.FromResult<ArchiveObject?>(new ArchiveObject(new MemoryStream(stored), path, stored.Length));
        }
    }
}
