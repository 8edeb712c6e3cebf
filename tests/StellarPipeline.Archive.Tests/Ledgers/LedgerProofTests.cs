using System.Buffers.Binary;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Generator.Ledgers;
using StellarPipeline.TestSupport;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Archive.Tests.Ledgers;

/// <summary>Ledgers that are proved in themselves and to each other, and what a changed bit does.</summary>
public sealed class LedgerProofTests
{
    [Theory]
    [InlineData(5)]
    [InlineData(10)]
    [InlineData(13)]
    [InlineData(20)]
    [InlineData(23)]
    [InlineData(27)]
    [InlineData(28)]
    [InlineData(30)]
    public void Verify_GeneratedLedgersOfAnyProtocol_AreProved(int protocol)
    {
        var options = new LedgerGeneratorOptions { Protocol = (uint)protocol, Transactions = 4, UpgradeAfter = 3, Seed = (ulong)protocol };
        using var verifier = new LedgerVerifier();
        var chain = new LedgerChain();
        foreach (GeneratedLedger ledger in LedgerSamples.Generate(options, 12))
        {
            LedgerView view = LedgerSamples.View(ledger.CloseMeta.ToArray());
            verifier.Verify(view);
            chain.Append(view);
        }

        Assert.Equal(12, chain.Count);
        Assert.Equal(options.FirstLedger + 11, chain.Last);
    }

    // Without transactions, half of the ledgers since protocol 28 say that their set was dropped.
    [Fact]
    public void Verify_DroppedTransactionSets_AreProved()
    {
        using var verifier = new LedgerVerifier();
        int dropped = 0;
        foreach (GeneratedLedger ledger in LedgerSamples.Generate(
            new LedgerGeneratorOptions { Protocol = 28, Transactions = 0, UpgradeAfter = 8 }, 24))
        {
            LedgerView view = LedgerSamples.View(ledger.CloseMeta.ToArray());
            verifier.Verify(view);
            dropped += view.HeaderEntry().Header.Value.IsEmptyTransactionSet ? 1 : 0;
        }

        Assert.InRange(dropped, 1, 23);
    }

    public static TheoryData<string, string> Samples => new()
    {
        { "ledgers/ledger-51000294.xdr.gz", "Public Global Stellar Network ; September 2015" },
        { "ledgers/ledger-57500008.xdr.gz", "Public Global Stellar Network ; September 2015" },
        { "ledgers/ledger-63092988.xdr.gz", "Public Global Stellar Network ; September 2015" },
        { "ledgers/ledger-63092988-p30.xdr.gz", "Public Global Stellar Network ; September 2015" },
        { "ledgers/FCD285FF--53312000.xdr.zst", "Public Global Stellar Network ; September 2015" },
        { "ledgers/load-test-v26.xdr.zst", "load test network" },
        { "ledgers/load-test-v28.xdr.zst", "Apply Load" },
        { "expected-ledgers", "(V) (;,,;) (V)" },
    };

    [SkippableTheory]
    [MemberData(nameof(Samples))]
    public void Verify_RecordedLedgers_AreProved(string path, string passphrase)
    {
        string place = SampleData.Require(path);
        string[] files = File.Exists(place) ? [place]
            : [.. Directory.GetDirectories(place, "core-*").SelectMany(folder => Directory.GetFiles(folder, "*.xdr.*"))];
        using var verifier = new LedgerVerifier();
        int proved = 0;
        foreach (string file in files)
        {
            var chain = new LedgerChain();
            var reader = new LedgerReader(LedgerSamples.NetworkId(passphrase));
            LedgerFile.Read(file).Each((bytes, _, location) =>
            {
                LedgerView view = reader.ReadStart(bytes);
                verifier.Verify(view, location);
                chain.Append(view, location);
                proved++;
                return view.Length;
            });
        }

        Assert.True(proved > 0);
    }

    [Fact]
    public void Verify_ABitFlippedInAnythingThatIsHashed_IsNoticed()
    {
        byte[] ledger = LedgerSamples.BytesOf(1005);
        List<(int Offset, int Length)> hashed = Hashed(ledger);
        using var verifier = new LedgerVerifier();
        var dice = new Random(5);
        int noticed = 0;
        foreach ((int offset, int length) in hashed)
        {
            for (int flip = 0; flip < 40; flip++)
            {
                byte[] changed = (byte[])ledger.Clone();
                changed[offset + dice.Next(length)] ^= (byte)(1 << dice.Next(8));
                Assert.True(IsNoticed(verifier, changed), $"A flip in {offset}+{length} was not noticed.");
                noticed++;
            }
        }

        Assert.Equal(40 * hashed.Count, noticed);
        Assert.False(IsNoticed(verifier, ledger));
    }

    [Fact]
    public void Verify_AChangedPart_IsNamedByItsCode()
    {
        byte[] ledger = LedgerSamples.BytesOf(1005);
        List<(int Offset, int Length)> hashed = Hashed(ledger);
        using var verifier = new LedgerVerifier();

        // A fee that was charged, the previous hash of the set, the bucket list hash: they decode as well as before.
        Assert.Equal(LedgerErrorCode.ResultHash, CodeOf(verifier, ledger, hashed[2].Offset + 32 + 7));
        Assert.Equal(LedgerErrorCode.TransactionSetHash, CodeOf(verifier, ledger, hashed[1].Offset + 4));
        Assert.Equal(LedgerErrorCode.HeaderHash, CodeOf(verifier, ledger, hashed[0].Offset + hashed[0].Length - 140));
        Assert.Equal(LedgerErrorCode.HeaderHash, CodeOf(verifier, ledger, hashed[0].Offset - 1));
    }

    [Fact]
    public void Verify_HeaderOfANewerProtocol_IsRefusedUnlessAllowed()
    {
        byte[] ledger = LedgerSamples.BytesOf(1005);
        (int offset, int length) = Hashed(ledger)[0];
        BinaryPrimitives.WriteUInt32BigEndian(ledger.AsSpan(offset), 31);
        System.Security.Cryptography.SHA256.HashData(ledger.AsSpan(offset, length), ledger.AsSpan(offset - 32, 32));
        using var strict = new LedgerVerifier();
        using var lenient = new LedgerVerifier { AllowNewerProtocol = true };

        LedgerException error = Assert.Throws<LedgerException>(() => strict.Verify(LedgerSamples.View(ledger)));
        lenient.Verify(LedgerSamples.View(ledger));

        Assert.Equal(LedgerErrorCode.ProtocolUnsupported, error.Code);
        Assert.Equal(StellarPipeline.Dataflow.FailureKind.NetworkAhead, error.Kind);
    }

    [Fact]
    public void VerifyAndAppend_ManyLedgers_AllocateNothing()
    {
        byte[] bytes = LedgerSamples.BytesOf(1005);
        byte[] next = LedgerSamples.BytesOf(1006);
        var reader = new LedgerReader(LedgerSamples.NetworkId());
        using var verifier = new LedgerVerifier();
        var chain = new LedgerChain([LedgerAnchor.Trusted(3, default)]);
        var location = new LedgerFileLocation("file", 12);

        long allocated = Allocations.Fewest(() =>
        {
            chain.Clear();
            Prove(bytes);
            Prove(next);
        });

        Assert.Equal(0, allocated);

        void Prove(byte[] ledger)
        {
            LedgerView view = reader.Read(ledger);
            verifier.Verify(view, location);
            chain.Append(view, location);
        }
    }

    private static string CodeOf(LedgerVerifier verifier, byte[] ledger, int offset)
    {
        byte[] changed = (byte[])ledger.Clone();
        changed[offset] ^= 1;
        return Assert.Throws<LedgerException>(() => verifier.Verify(LedgerSamples.View(changed), new LedgerFileLocation("file", 12))).Code;
    }

    private static bool IsNoticed(LedgerVerifier verifier, byte[] ledger)
    {
        try
        {
            verifier.Verify(LedgerSamples.View(ledger));
            return false;
        }
        catch (Exception error) when (error is LedgerFormatException or LedgerException)
        {
            return true;
        }
    }

    /// <summary>Header, transaction set, and each result.</summary>
    private static List<(int Offset, int Length)> Hashed(byte[] ledger)
    {
        LedgerView view = LedgerSamples.View(ledger);
        List<(int Offset, int Length)> parts = [Place(ledger, view.HeaderEntry().Header.Encoded), Place(ledger, view.TransactionSet)];
        for (int index = 0; index < view.TransactionCount; index++)
            parts.Add(Place(ledger, view.Transaction(index).ResultPair));
        Assert.True(view.TransactionCount > 0);
        return parts;
    }

    private static (int Offset, int Length) Place(byte[] ledger, ReadOnlySpan<byte> part)
    {
        Assert.True(ledger.AsSpan().Overlaps(part, out int offset));
        return (offset, part.Length);
    }
}
