using System.Buffers;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Archive.Ledgers.Zstd;
using StellarPipeline.Generator.Ledgers.Output;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Archive.Tests.Ledgers;

/// <summary>Whatever the bytes of an object are, it is proved, or it is one error of ours.</summary>
public sealed class LedgerDamageTests
{
    private const int Rounds = 1500;

    private static readonly byte[] Batch = MakeBatch();

    private static byte[] MakeBatch()
    {
        using var folder = new Generator.TemporaryFolder();
        LedgerDataStore.Write(folder.Path, LedgerSamples.Passphrase, LedgerSamples.All.AsSpan(24, 4).ToArray(), 4);
        return LedgerSamples.Unzstd(File.ReadAllBytes(LedgerSamples.PathOf(folder.Path, 1024, 4)));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Unpack_RandomDamage_IsContentOrOneErrorOfOurs(bool isNative)
    {
        Skip.If(isNative && !NativeZstdDecoder.IsAvailable, "The system has no libzstd.");
        using IZstdDecoder decoder = isNative ? NativeZstdDecoder.TryCreate()! : new ManagedZstdDecoder();
        byte[] stored = LedgerSamples.Zstd(Batch);
        var dice = new Random(isNative ? 1 : 2);
        int errors = 0;
        for (int round = 0; round < Rounds; round++)
        {
            byte[] damaged = Damage(stored, dice);
            try
            {
                ArrayPool<byte>.Shared.Return(ZstdUnpacker.Unpack(decoder, damaged, 4 << 20, "object", out _));
            }
            catch (LedgerException error)
            {
                Assert.True(error.Code is LedgerErrorCode.Compression or LedgerErrorCode.SizeLimit, error.Message);
                errors++;
            }
        }

        Assert.InRange(errors, Rounds / 2, Rounds);
    }

    [Fact]
    public void SplitAndVerify_RandomDamage_IsNoticedWhereAHashCoversIt()
    {
        using var bench = new LedgerWorkbench();
        using var verifier = new LedgerVerifier();
        var reader = new LedgerReader(LedgerSamples.NetworkId());
        var dice = new Random(3);
        int errors = 0;
        for (int round = 0; round < Rounds; round++)
        {
            byte[] damaged = Damage(Batch, dice);
            try
            {
                int[] starts = bench.Split(damaged, "object", 1024, 1027, out uint first, out uint last);
                var chain = new LedgerChain();
                for (int index = 0; index < starts.Length - 1; index++)
                {
                    LedgerView ledger = reader.Read(damaged.AsSpan(starts[index]..starts[index + 1]));
                    verifier.Verify(ledger);
                    chain.Append(ledger);
                }

                Assert.Equal(last - first + 1L, chain.Count);
            }
            catch (Exception error) when (error is LedgerException or LedgerFormatException)
            {
                errors++;
            }
        }

        // The rest hit metadata, which no hash covers.
        Assert.InRange(errors, Rounds / 4, Rounds);
    }

    // Bits are flipped, bytes are overwritten, the end is cut off, a part is repeated.
    private static byte[] Damage(byte[] bytes, Random dice)
    {
        byte[] damaged = (byte[])bytes.Clone();
        int place = dice.Next(4) == 0 ? dice.Next(Math.Min(64, bytes.Length)) : dice.Next(bytes.Length);
        switch (dice.Next(4))
        {
            case 0:
                damaged[place] ^= (byte)(1 << dice.Next(8));
                return damaged;
            case 1:
                dice.NextBytes(damaged.AsSpan(place, Math.Min(4, bytes.Length - place)));
                return damaged;
            case 2:
                return damaged[..place];
            default:
                return [.. damaged[..place], .. damaged[(place / 2)..]];
        }
    }
}
