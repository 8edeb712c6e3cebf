using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Keys;
using StellarPipeline.Xdr.Tests.Support;

namespace StellarPipeline.Xdr.Tests.Keys;

public class LedgerKeyOrderTests
{
    private static readonly TestAddress Contract = TestAddress.Contract(0x11);

    public static TheoryData<string> PairNames => new(Pairs.Keys);

    // The pairs of the specification's section 9.4: left sorts first. The tails of their sort keys check the test's own encoder.
    private static Dictionary<string, (TestValue Left, TestValue Right, string LeftTail, string RightTail)> Pairs => new()
    {
        ["vec of symbols"] = (TestValue.Vec(TestValue.Symbol("Allowance")), TestValue.Vec(TestValue.Symbol("Balance")),
            "1001010f416c6c6f77616e636500000001", "1001010f42616c616e636500000001"),
        ["nonce"] = (TestValue.Nonce(-1), TestValue.Nonce(0), "157fffffffffffffff01", "15800000000000000001"),
        ["symbol"] = (TestValue.Symbol("aa"), TestValue.Symbol("b"), "0f6161000001", "0f62000001"),
        ["vec of two and one"] = (TestValue.Vec(TestValue.UInt32(1), TestValue.UInt32(1)), TestValue.Vec(TestValue.UInt32(5)),
            "10010103000000010103000000010001", "10010103000000050001"),
        ["i128"] =
            (TestValue.Int128(-1), TestValue.Int128(0), "0a7fffffffffffffffffffffffffffffff01", "0a8000000000000000000000000000000001"),
        ["absent and empty"] = (new TestValue(16), TestValue.Vec(), "100001", "10010001"),
        ["string with zero byte"] = (TestValue.Text("a"), TestValue.Text("a\0"), "0e61000001", "0e6100ff000001"),
    };

    [Theory]
    [MemberData(nameof(PairNames))]
    public void Compare_PairOfTheSpecification_LeftFirst(string name)
    {
        (TestValue Left, TestValue Right, string LeftTail, string RightTail) pair = Pairs[name];
        TestKey left = TestKey.OfContract(Contract, pair.Left), right = TestKey.OfContract(Contract, pair.Right);
        Assert.Equal(pair.LeftTail, Convert.ToHexStringLower(left.SortKey().AsSpan(34)));
        Assert.Equal(pair.RightTail, Convert.ToHexStringLower(right.SortKey().AsSpan(34)));
        Assert.Equal(-1, Compare(left, right));
        Assert.Equal(1, Compare(right, left));
        Assert.Equal(0, Compare(left, left));
    }

    [Fact]
    public void Compare_DataNames_IgnoresTheirLength()
    {
        TestKey left = new(LedgerEntryType.Data) { Payload = "aa"u8.ToArray() },
            right = new(LedgerEntryType.Data) { Payload = "b"u8.ToArray() };
        Assert.Equal(-1, Compare(left, right));
        Assert.Equal(1, Compare(right, left));
        Assert.Equal(-1, Compare(left, new(LedgerEntryType.Data) { Payload = "aab"u8.ToArray() }));
    }

    [Fact]
    public void Compare_OfferIds_ComparesSigned()
    {
        TestKey negative = new(LedgerEntryType.Offer) { Payload = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff] };
        TestKey zero = new(LedgerEntryType.Offer) { Payload = new byte[8] };
        Assert.Equal(-1, Compare(negative, zero));
    }

    [Fact]
    public void Compare_Types_DecideFirst()
    {
        var keys = new RandomKeys(1);
        TestKey account = keys.Key(LedgerEntryType.Account) with { Account = [.. Enumerable.Repeat((byte)0xff, 32)] };
        Assert.Equal(-1, Compare(account, keys.Trustline()));
        Assert.Equal(1, Compare(keys.Key(LedgerEntryType.Ttl), keys.Key(LedgerEntryType.ConfigSetting)));
    }

    [Theory]
    [InlineData(LedgerEntryType.Account)]
    [InlineData(LedgerEntryType.Trustline)]
    [InlineData(LedgerEntryType.Offer)]
    [InlineData(LedgerEntryType.Data)]
    [InlineData(LedgerEntryType.ClaimableBalance)]
    [InlineData(LedgerEntryType.LiquidityPool)]
    [InlineData(LedgerEntryType.ContractData)]
    [InlineData(LedgerEntryType.ContractCode)]
    [InlineData(LedgerEntryType.ConfigSetting)]
    [InlineData(LedgerEntryType.Ttl)]
    public void Compare_RandomKeysOfOneType_AgreesWithTheSortKey(LedgerEntryType type)
    {
        int seed = 20_000 + (int)type;
        var random = new RandomKeys(seed);
        var keys = new TestKey[400];
        for (int index = 0; index < keys.Length; index++)
            keys[index] = type == LedgerEntryType.Trustline ? random.Trustline() : random.Key(type);
        AssertAgrees(keys, seed);
    }

    [Fact]
    public void Compare_RandomKeysOfAnyType_AgreesWithTheSortKey()
    {
        const int seed = 31;
        var random = new RandomKeys(seed);
        AssertAgrees(Enumerable.Range(0, 500).Select(_ => random.Any()).ToArray(), seed);
    }

    [Fact]
    public void Compare_RandomNestedValuesUnderOneContract_AgreesWithTheSortKey()
    {
        const int seed = 47;
        var random = new RandomKeys(seed);
        AssertAgrees(Enumerable.Range(0, 800).Select(_ => TestKey.OfContract(Contract, random.Value(0))).ToArray(), seed);
    }

    [Fact]
    public void Compare_RandomNestedValues_IsTransitive()
    {
        const int seed = 53;
        var random = new RandomKeys(seed);
        byte[][] keys =
            Enumerable.Range(0, 120).Select(_ => TestKey.OfContract(Contract, TestValue.Vec(random.Value(0))).Encode()).ToArray();
        int[][] order = keys.Select(left => keys.Select(right => Compare(left, right)).ToArray()).ToArray();
        for (int a = 0; a < keys.Length; a++)
        {
            for (int b = 0; b < keys.Length; b++)
            {
                Assert.True(order[a][b] == -order[b][a], $"seed {seed}: {a} against {b} is not the opposite of {b} against {a}");
                for (int c = 0; c < keys.Length; c++)
                {
                    if (order[a][b] <= 0 && order[b][c] <= 0 && order[a][c] > 0)
                        Assert.Fail($"seed {seed}: {a} <= {b} <= {c}, but not {a} <= {c}");
                }
            }
        }
    }

    [Fact]
    public void Compare_BodiesThatWereNeverChecked_ReturnsOrThrowsXdrFormatException()
    {
        const int seed = 59;
        var random = new Random(seed);
        var keys = new RandomKeys(seed);
        for (int round = 0; round < 20_000; round++)
        {
            byte[] left = TestKey.OfContract(Contract, keys.Value(0)).Encode()[4..];
            byte[] right = (byte[])left.Clone();
            right[random.Next(right.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                int order = LedgerKeyOrder.Compare(
                    LedgerEntryType.ContractData, left.AsSpan(0, random.Next(left.Length + 1)), LedgerEntryType.ContractData, right);
                Assert.InRange(order, int.MinValue, int.MaxValue);
            }
            catch (XdrFormatException error)
            {
                Assert.InRange(error.ByteOffset, 0, left.Length);
            }
        }
    }

    private static void AssertAgrees(TestKey[] keys, int seed)
    {
        byte[][] encoded = keys.Select(key => key.Encode()).ToArray();
        byte[][] sortKeys = keys.Select(key => key.SortKey()).ToArray();
        for (int left = 0; left < keys.Length; left++)
        {
            for (int right = 0; right < keys.Length; right++)
            {
                int expected = Math.Sign(sortKeys[left].AsSpan().SequenceCompareTo(sortKeys[right]));
                int actual = Compare(encoded[left], encoded[right]);
                if (expected != actual)
                {
                    Assert.Fail(
                        $"seed {seed}: expected {expected}, got {actual} "
                            + $"for\n{Convert.ToHexString(encoded[left])}\n{Convert.ToHexString(encoded[right])}");
                }
            }
        }
    }

    private static int Compare(TestKey left, TestKey right) => Compare(left.Encode(), right.Encode());

    private static int Compare(byte[] left, byte[] right)
    {
        LedgerKeyLocation leftKey = LedgerKeyLocation.OfKey(left), rightKey = LedgerKeyLocation.OfKey(right);
        return Math.Sign(LedgerKeyOrder.Compare(leftKey.Type, leftKey.Body(left), rightKey.Type, rightKey.Body(right)));
    }
}
