using System.IO.Compression;
using System.Security.Cryptography;
using StellarPipeline.TestSupport;
using StellarPipeline.Xdr.Tests.Support;

namespace StellarPipeline.Xdr.Tests;

public class LedgerHeaderViewTests
{
    [Theory]
    [InlineData(0, 324)]
    [InlineData(1, 428)]
    [InlineData(2, 496)]
    [InlineData(3, 436)]
    [InlineData(4, 504)]
    public void Parse_HeaderOfEachArm_HasTheBytesOfItsArm(int arm, int bytes)
    {
        byte[] header = new TestHeader { Arm = arm }.ToArray();

        Assert.Equal(bytes, LedgerHeaderView.Parse(header).Encoded.Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Parse_RandomHeadersOfEachArm_GiveEveryField(int arm)
    {
        var random = new Random(300 + arm);
        for (int round = 0; round < 200; round++)
        {
            TestHeader expected = TestHeader.Random(random, arm);
            byte[] encoded = expected.ToArray();
            AssertFields(expected, LedgerHeaderView.Parse(encoded), $"arm {arm}, round {round}");

            // The same inside an entry that stands among other bytes.
            byte[] entry = [.. SHA256.HashData(encoded), .. encoded, 0, 0, 0, 0];
            var reader = new XdrReader([9, 9, 9, 9, .. entry, 8, 8, 8, 8]);
            reader.Skip(4, "before");
            LedgerHeaderEntryView view = LedgerHeaderEntryView.Read(ref reader);
            Assert.Equal(4 + entry.Length, reader.Position);
            Assert.Equal(entry, view.Encoded);
            Assert.Equal(SHA256.HashData(view.Header.Encoded), view.Hash);
            AssertFields(expected, view.Header, $"arm {arm}, round {round}, in an entry");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Parse_EveryStrictPrefix_IsRefusedWithAnOffset(int arm)
    {
        byte[] header = new TestHeader { Arm = arm, Upgrades = [[1, 2, 3], []], Flags = 7 }.ToArray();
        for (int length = 0; length < header.Length; length++)
        {
            byte[] prefix = header[..length];
            var error = Assert.Throws<XdrFormatException>(() => LedgerHeaderView.Parse(prefix));
            Assert.InRange(error.ByteOffset, 0, length);
            Assert.Contains(FormattableString.Invariant($"byte {error.ByteOffset:N0}"), error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Parse_BytesBehindTheHeader_AreRefused()
    {
        byte[] header = [.. new TestHeader().ToArray(), 0, 0, 0, 0];

        Assert.Equal(XdrFormatException.EndField, Assert.Throws<XdrFormatException>(() => LedgerHeaderView.Parse(header)).Field);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(-1)]
    public void Parse_UnknownArm_NamesTheArm(int arm)
    {
        byte[] header = new TestHeader { Arm = arm }.ToArray();

        var error = Assert.Throws<XdrFormatException>(() => LedgerHeaderView.Parse(header));

        Assert.Equal("StellarValue", error.TypeName);
        Assert.Equal("ext", error.Field);
        Assert.Equal(80, error.ByteOffset);
        Assert.Contains($"The discriminant is {arm}; known are 0 to 4.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_SevenUpgrades_AreRefused()
    {
        byte[] header = new TestHeader { Upgrades = Enumerable.Repeat(new byte[4], 7).ToArray() }.ToArray();

        Assert.Equal("upgrades", Assert.Throws<XdrFormatException>(() => LedgerHeaderView.Parse(header)).Field);
    }

    [Fact]
    public void ProposedFields_OfAValueWithItsTransactionSet_AreNotThere()
    {
        byte[] header = new TestHeader { Arm = 3 }.ToArray();

        Assert.Throws<InvalidOperationException>(() => { _ = LedgerHeaderView.Parse(header).Value.ProposedTransactionSetHash; });
        Assert.Throws<InvalidOperationException>(() => { _ = LedgerHeaderView.Parse(header).Value.ProposedPreviousLedgerVersion; });
    }

    [SkippableTheory]
    [InlineData("ledgers/ledger-63092988-p30.xdr.gz", 436, 30)]
    [InlineData("ledgers/ledger-63092988.xdr.gz", 428, 26)]
    public void Read_HeaderOfARecordedLedger_DecodesAndHashes(string name, int bytes, uint protocol)
    {
        byte[] meta = Unpack(SampleData.Require(name));

        // LedgerCloseMeta arm 2: the arm, an extension without a body, then the header with its hash.
        var reader = new XdrReader(meta);
        Assert.Equal(2, reader.ReadDiscriminant(2, "LedgerCloseMeta.v"));
        if (reader.ReadDiscriminant(1, "LedgerCloseMetaExt.v") == 1)
            reader.Skip(12, "LedgerCloseMetaExtV1");
        LedgerHeaderEntryView entry = LedgerHeaderEntryView.Read(ref reader);

        Assert.Equal(bytes, entry.Header.Encoded.Length);
        Assert.Equal(SHA256.HashData(entry.Header.Encoded), entry.Hash);
        Assert.Equal(63_092_988U, entry.Header.Sequence);
        Assert.Equal(protocol, entry.Header.ProtocolVersion);
        Assert.Equal(LedgerHeaderProblem.None, LedgerHeaderRules.Check(entry.Header, null));

        // The transaction set that follows names the ledger before, as the header does.
        Assert.Equal(1, reader.ReadDiscriminant(1, "GeneralizedTransactionSet.v"));
        Assert.Equal(entry.Header.PreviousLedgerHash, reader.ReadFixedOpaque(32, "TransactionSetV1.previousLedgerHash"));
    }

    private static void AssertFields(TestHeader expected, LedgerHeaderView view, string what)
    {
        StellarValueView value = view.Value;
        Assert.True(expected.ToArray().AsSpan().SequenceEqual(view.Encoded), what);
        Assert.Equal(expected.ProtocolVersion, view.ProtocolVersion);
        Assert.Equal(expected.PreviousHash, view.PreviousLedgerHash);
        Assert.Equal(TestHeader.Fill(7), view.TransactionResultHash);
        Assert.Equal(TestHeader.Fill(8), view.BucketListHash);
        Assert.Equal(expected.Sequence, view.Sequence);
        Assert.Equal((9L, 10L, 11U, 12UL), (view.TotalCoins, view.FeePool, view.InflationSequence, view.IdPool));
        Assert.Equal((13U, 14U, 15U), (view.BaseFee, view.BaseReserve, view.TransactionSetSizeMax));
        Assert.Equal([.. TestHeader.Fill(16), .. TestHeader.Fill(17), .. TestHeader.Fill(18), .. TestHeader.Fill(19)], view.SkipList.ToArray());
        Assert.Equal(expected.Flags ?? 0, view.Flags);
        Assert.Equal((StellarValueForm)expected.Arm, value.Form);
        Assert.Equal(expected.Seconds, value.CloseTimeSeconds);
        Assert.Equal(expected.Arm >= 3 ? expected.Milliseconds : null, value.CloseTimeMilliseconds);
        Assert.Equal(expected.IsEmptySet ? new byte[32] : expected.TransactionSetHash!, value.TransactionSetHash.ToArray());
        Assert.Equal(expected.Arm == 0 ? [] : expected.Node, value.NodeId.ToArray());
        Assert.Equal(expected.Arm == 0 ? [] : expected.Signature, value.Signature.ToArray());
        Assert.Equal(expected.IsEmptySet, value.IsEmptyTransactionSet);
        if (expected.IsEmptySet)
        {
            Assert.Equal(expected.ProposedHash, value.ProposedTransactionSetHash);
            Assert.Equal(expected.PreviousHash, value.ProposedPreviousLedgerHash);
            Assert.Equal(expected.ProposedVersion, value.ProposedPreviousLedgerVersion);
        }

        int index = 0;
        foreach (ReadOnlySpan<byte> upgrade in value.Upgrades)
            Assert.Equal(expected.Upgrades[index++], upgrade);
        Assert.Equal(expected.Upgrades.Count, index);
    }

    private static byte[] Unpack(string path)
    {
        using var gzip = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        using var content = new MemoryStream();
        gzip.CopyTo(content);
        return content.ToArray();
    }
}
