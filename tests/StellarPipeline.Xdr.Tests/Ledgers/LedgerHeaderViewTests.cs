using System.IO.Compression;
using System.Security.Cryptography;
using StellarPipeline.TestSupport;
using StellarPipeline.Xdr.Ledgers;
using StellarPipeline.Xdr.Tests.Support;

namespace StellarPipeline.Xdr.Tests.Ledgers;

public class LedgerHeaderViewTests
{
    // Headers around an upgrade to protocol 30, written by another encoder: bytes of the header, its arm and hash, and the header up to the
    // zeros at its end.
    public static TheoryData<int, StellarValueForm, string, string> Vectors => new()
    {
        {
            436, StellarValueForm.SignedMilliseconds, "cc6768dab1c24ad6c20f1f8adfb93d88ec0a94706eda65446b71984a22a38558",
            "0000001e74d213f2be0030b489189350c7142de330e200ea44aa32eafa63d3bbe517c2ef1ac29820f92f72c32764d39583b5635783de10b2b4307ea6"
            + "3c241d91c2a95dbc000000006ab13ff70000000000000003000001a0c461ddd2000000009394f630ef735b3d96344fc988497e9cedf88936780ebe90"
            + "d4dfb5944029793a00000040c05e9969cd0210ed8103e18cf9ccc80c593678208dc6cdcb99fd4b485376738132d996091cc20247a27063642bb55e3e"
            + "0346d0f87a1c53b19fc8386390c7e51d28dd69df4bf7cc229c59032f76899c97b73c54daef26a9fac34dd1ec2b59e189cd3211c1b47dad0b6d0d16b7"
            + "f7bb5d5110e72a9d0c8e088856034a21a6a4033303b20b580de0b6b3a7640000000000000000000000000000000000000000000000000064004c4b40"
            + "00000064"
        },
        {
            504, StellarValueForm.EmptyTransactionSetMilliseconds, "6bea88f1e313283b270205d65e9a6c781bb8b058bd5d8eb67b3d2c7791d65784",
            "0000001eaf994b6654448089510cd4ac65002d89b5d80e14208a44a206a8f3b38945935f4754705e044ed516cb5d27b288ddfeed2d8078ee539127c0"
            + "9140a0819d94e9ce000000006ab13fff0000000000000004000001a0c461fda872a2e4550147fdaf6a2d8cb485705fad9bd99f0e5e012d74e3d3dbc0"
            + "55e37800af994b6654448089510cd4ac65002d89b5d80e14208a44a206a8f3b38945935f0000001e000000009394f630ef735b3d96344fc988497e9c"
            + "edf88936780ebe90d4dfb5944029793a0000004008d66fc7cf29423d3a589aa72d9edc29f52ae829fb76f04507b4ece952599f7a81113c4f7a6a3834"
            + "c34af2419ab5f0072623c53dd242c66f536932c4f0c204b94f58bf131495961f1474982b836f7d7f41335e5ff2f4c2b1ad46cbcb76c1efab9b24d851"
            + "8e3d369ad811550f136c14b09f75c954293fa560fe461c61eb3d436803b20b5e0de0b6b3a76400000000000000000000000000000000000000000000"
            + "00000064004c4b4000000064"
        },
        {
            508, StellarValueForm.EmptyTransactionSet, "74d213f2be0030b489189350c7142de330e200ea44aa32eafa63d3bbe517c2ef",
            "0000001eec72758604a59fcec1cdaf0b38cb2a7bdda242b8be30ac337f0cafd48f5ad44b42a01354531d9c6b35bf524a86740ece8cfad3b844f3e7f8"
            + "5d1bb0b1ff63b654000000006ab13ff70000000100000008000000010000001e000000020e0139dcaeba326f739cda568b2ac5001c0b3d413565242d"
            + "f0ed54112b02af5fec72758604a59fcec1cdaf0b38cb2a7bdda242b8be30ac337f0cafd48f5ad44b0000001d000000009394f630ef735b3d96344fc9"
            + "88497e9cedf88936780ebe90d4dfb5944029793a0000004087e00ab1b44cdc3f582cefa641eaa6dd31fef2f5f789b6f0266684c7aeaf83338b13f6ce"
            + "39cccd7662141d77fe1e33c78f320bf4e5eab437930ed47fa967a917647426023153fa268bb0f46e7d000c75b91e4b34c61cef41c579e3c398196edd"
            + "ec20242bb432f568efc534f26cdb14ac35f1b125b6ada8f3a262f39cef94f92903b20b570de0b6b3a764000000000000000000000000000000000000"
            + "0000000000000064004c4b4000000064"
        },
    };

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Parse_HeaderOfAnotherEncoder_DecodesAndHashes(int bytes, StellarValueForm form, string hash, string start)
    {
        byte[] header = new byte[bytes];
        Convert.FromHexString(start).CopyTo(header, 0);

        var view = LedgerHeaderView.Parse(header);

        Assert.Equal(hash, Convert.ToHexStringLower(SHA256.HashData(view.Encoded)));
        Assert.Equal((30U, form), (view.ProtocolVersion, view.Value.Form));
        Assert.InRange(view.Sequence, 61_999_959U, 61_999_966U);
        Assert.Equal(LedgerHeaderProblem.None, LedgerHeaderRules.Check(view, null));
        Assert.Equal((1_000_000_000_000_000_000L, 100U, 5_000_000U), (view.TotalCoins, view.BaseFee, view.BaseReserve));
        Assert.Equal(64, view.Value.Signature.Length);
        Assert.Equal(
            form >= StellarValueForm.SignedMilliseconds ? view.Value.CloseTimeSeconds : null, view.Value.CloseTimeMilliseconds / 1000);
    }

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
            var expected = TestHeader.Random(random, arm);
            byte[] encoded = expected.ToArray();
            AssertFields(expected, LedgerHeaderView.Parse(encoded), $"arm {arm}, round {round}");

            // The same inside an entry that stands among other bytes.
            byte[] entry = [.. SHA256.HashData(encoded), .. encoded, 0, 0, 0, 0];
            var reader = new XdrReader([9, 9, 9, 9, .. entry, 8, 8, 8, 8]);
            reader.Skip(4, "before");
            var view = LedgerHeaderEntryView.Read(ref reader);
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
            XdrFormatException error = Assert.Throws<XdrFormatException>(() => LedgerHeaderView.Parse(prefix));
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

        XdrFormatException error = Assert.Throws<XdrFormatException>(() => LedgerHeaderView.Parse(header));

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
        var entry = LedgerHeaderEntryView.Read(ref reader);

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
        Assert.Equal((13U, 14U, 15U), (view.BaseFee, view.BaseReserve, view.MaxTransactionSetSize));
        Assert.Equal(
            [.. TestHeader.Fill(16), .. TestHeader.Fill(17), .. TestHeader.Fill(18), .. TestHeader.Fill(19)], view.SkipList.ToArray());
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
