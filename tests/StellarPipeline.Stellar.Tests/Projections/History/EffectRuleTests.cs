using System.Security.Cryptography;
using static StellarPipeline.Stellar.Tests.Projections.History.LedgerXdr;

namespace StellarPipeline.Stellar.Tests.Projections.History;

/// <summary>Stream 1: what operations change besides balances, case by case.</summary>
public sealed class EffectRuleTests
{
    private static readonly byte[] Usd = Asset("USD", 50);
    private static readonly byte[] PoolLine = Cat(U32(3), U32(0), Native, Usd, U32(30));

    [Theory]
    [InlineData("", "a.example", "SET", "{\"new\": \"a.example\"}")]
    [InlineData("a.example", "", "CLEAR", "{\"old\": \"a.example\"}")]
    [InlineData("a.example", "b.example", "UPDATE", "{\"new\": \"b.example\", \"old\": \"a.example\"}")]
    public void Project_HomeDomain_ReasonGoesByTheAccountBefore(string old, string value, string reason, string json)
    {
        Dictionary<string, string?> row = Options(domain: value, before: AccountEntry(10, 5, domain: old)).Change("HOME_DOMAIN");

        Assert.Equal((reason, json), (row["state_change_reason"], row["key_value"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a.example")]
    public void Project_SameHomeDomain_MakesNoRow(string domain) =>
        Assert.Empty(Options(domain: domain, before: AccountEntry(10, 5, domain: domain)).ChangesOf(1));

    [Fact]
    public void Project_HomeDomainWithoutTheAccountBefore_IsSkippedAndCounted()
    {
        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            Operations = [Operation(5, OptionsBody(domain: "x"))],
            OperationChanges = [[]]
        });

        Assert.Empty(rows.ChangesOf(1));
        Assert.Equal(1, rows.Counts.Skipped);
    }

    [Fact]
    public void Project_Thresholds_ComeFromLowToHighWithoutTheMasterWeight()
    {
        TestRows rows = Options(thresholds: [9, 6, 7, 8], before: AccountEntry(10, 5, [1, 2, 3, 4]));

        Assert.Equal([("LOW", "2", "6"), ("MEDIUM", "3", "7"), ("HIGH", "4", "8")],
            rows.Changes.Where(row => row["state_change_category"] == "SIGNATURE_THRESHOLD")
                .Select(row => (row["threshold"]!, row["threshold_old"]!, row["threshold_new"]!)));
    }

    [Fact]
    public void Project_OptionsOfARestoredThenUpdatedAccount_AreComparedWithTheRestoredOne()
    {
        // No network restores an account. The rules of pairs give one of the restoration, without an entry before, and one of the update.
        byte[] restored = AccountEntry(10, 5, [1, 2, 3, 4], domain: "old");
        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            Operations = [Operation(5, OptionsBody("new", [1, 6, 7, 8]))],
            OperationChanges = [[Restored(restored), Updated(AccountEntry(10, 5, [1, 6, 7, 8], domain: "new"))]],
        });

        Assert.Equal("UPDATE", rows.Change("HOME_DOMAIN")["state_change_reason"]);
        Assert.Equal(["2", "3", "4"],
            rows.Changes.Where(row => row["state_change_category"] == "SIGNATURE_THRESHOLD").Select(row => row["threshold_old"]));
    }

    [Theory]
    [InlineData(15u, 0u, "SET 30")]
    [InlineData(1u, 2u, "SET 2 CLEAR 4")]
    [InlineData(16u, 8u, "CLEAR 16")]
    [InlineData(0u, 0u, "")]
    public void Project_AccountFlags_KnownBitsOfTheOperation(uint set, uint clear, string expected)
    {
        TestRows rows = Options(set: set, clear: clear, before: AccountEntry(10, 5));

        Assert.Equal(expected, string.Join(' ', rows.Changes.Where(row => row["state_change_category"] == "FLAGS")
            .Select(row => $"{row["state_change_reason"]} {row["flags"]}")));
    }

    [Fact]
    public void Project_MasterWeightToZero_RemovesTheOwnKey()
    {
        TestRows rows = Options(before: AccountEntry(10, 5, [1, 0, 0, 0]), after: AccountEntry(10, 5, [0, 0, 0, 0]));

        Dictionary<string, string?> row = rows.Change("SIGNER");
        Assert.Equal(("REMOVE", "G10", "1", null),
            (row["state_change_reason"], TestRows.Short(row["signer_account_id"]), row["signer_weight_old"], row["signer_weight_new"]));
    }

    [Fact]
    public void Project_MasterWeightFromZero_AddsTheOwnKey()
    {
        TestRows rows = Options(before: AccountEntry(10, 5, [0, 0, 0, 0]), after: AccountEntry(10, 5, [255, 0, 0, 0]));

        Dictionary<string, string?> row = rows.Change("SIGNER");
        Assert.Equal(("ADD", "G10", null, "255"),
            (row["state_change_reason"], TestRows.Short(row["signer_account_id"]), row["signer_weight_old"], row["signer_weight_new"]));
    }

    [Fact]
    public void Project_MasterWeightChanged_UpdatesTheOwnKey()
    {
        TestRows rows = Options(before: AccountEntry(10, 5, [1, 0, 0, 0]), after: AccountEntry(10, 5, [2, 0, 0, 0]));

        Assert.Equal(["SIGNER UPDATE G10"], rows.ChangesOf(1));
    }

    [Fact]
    public void Project_SignersOfEveryKind_OldOnesInTheOrderOfTheirStrkeysThenNewOnes()
    {
        byte[] ed25519 = Cat(U32(0), Key(60));
        byte[] preAuthorized = Cat(U32(1), Key(61));
        byte[] hashX = Cat(U32(2), Key(62));
        byte[] payload = Cat(U32(3), Key(63), Opaque([1, 2, 3]));
        byte[] before = AccountEntry(10, 5, [0, 0, 0, 0], [Cat(ed25519, U32(1)), Cat(preAuthorized, U32(2)), Cat(hashX, U32(3))]);
        byte[] after = AccountEntry(10, 5, [0, 0, 0, 0], [Cat(ed25519, U32(9)), Cat(payload, U32(4))]);

        TestRows rows = Options(before: before, after: after);

        Assert.Equal(
            [("UPDATE", "G60", "1", "9"), ("REMOVE", "T61", "2", null), ("REMOVE", "X62", "3", null), ("ADD", "P63", null, "4")],
            rows.Changes.Where(row => row["state_change_category"] == "SIGNER").Select(row => (row["state_change_reason"]!,
                TestRows.Short(row["signer_account_id"]), row["signer_weight_old"], row["signer_weight_new"])));
        Assert.Equal(["G10"], rows.ParticipantsOf(1));
    }

    [Fact]
    public void Project_PayloadOfASigner_IsPartOfItsKey()
    {
        byte[] before = AccountEntry(10, 5, [0, 0, 0, 0], [Cat(U32(3), Key(63), Opaque([1]), U32(4))]);
        byte[] after = AccountEntry(10, 5, [0, 0, 0, 0], [Cat(U32(3), Key(63), Opaque([2]), U32(4))]);

        Assert.Equal(["SIGNER REMOVE G10", "SIGNER ADD G10"], Options(before: before, after: after).ChangesOf(1));
    }

    [Fact]
    public void Project_OrderOfOptionRows_DomainThresholdsFlagsSigners()
    {
        TestRows rows = Options("x", [1, 1, 1, 1], 1, 2, AccountEntry(10, 5, [1, 0, 0, 0]), AccountEntry(10, 5, [2, 1, 1, 1], domain: "x"));

        Assert.Equal(["HOME_DOMAIN SET", "SIGNATURE_THRESHOLD UPDATE", "SIGNATURE_THRESHOLD UPDATE", "SIGNATURE_THRESHOLD UPDATE",
                "FLAGS SET", "FLAGS CLEAR", "SIGNER UPDATE"],
            rows.ChangesOf(1).Select(row => row[..row.LastIndexOf(' ')]));
    }

    [Fact]
    public void Project_RemovedTrustline_HasNoLimits()
    {
        Dictionary<string, string?> row = ChangeTrust(Usd, 0, State(TrustlineEntry(10, Usd, 5, 1)), Removed(1, AccountId(10), Usd))
            .Change("TRUSTLINE");

        Assert.Equal(("REMOVE", null, null), (row["state_change_reason"], row["trustline_limit_old"], row["trustline_limit_new"]));
    }

    [Theory]
    [InlineData(0u, null)]
    [InlineData(1u, "1")]
    [InlineData(2u, "64")]
    [InlineData(5u, "33")]
    [InlineData(7u, "97")]
    public void Project_NewTrustline_ShowsItsFlags(uint flags, string? expected) => Assert.Equal(expected,
        ChangeTrust(Usd, 7, Created(TrustlineEntry(10, Usd, 7, flags))).Change("BALANCE_AUTHORIZATION")["flags"]);

    [Fact]
    public void Project_LargestLimit_HasSevenDecimals() => Assert.Equal("922337203685.4775807",
        ChangeTrust(Usd, long.MaxValue, Created(TrustlineEntry(10, Usd, long.MaxValue, 1))).Change("TRUSTLINE")["trustline_limit_new"]);

    [Fact]
    public void Project_TrustlineForPoolShares_ShowsThePoolAndNoTokenOrFlags()
    {
        byte[] pool = SHA256.HashData(PoolLine[4..]);
        // The trustlines of the pool's assets count the pool that uses them, and come first in the order of keys.
        TestRows rows = ChangeTrust(PoolLine, 9, State(TrustlineEntry(10, Usd, 5, 1)), Updated(TrustlineEntry(10, Usd, 5, 1)),
            Created(TrustlineEntry(10, Cat(U32(3), pool), 9, 0)), Created(PoolEntry(5, Native, 0, Usd, 0)));

        Assert.Equal(["TRUSTLINE ADD G10", "BALANCE_AUTHORIZATION SET G10"], rows.ChangesOf(1));
        foreach (Dictionary<string, string?> row in rows.Changes.Skip(1))
        {
            Assert.Equal((Convert.ToHexStringLower(pool), null, "0.0000009", null),
                (row["liquidity_pool_id"], row["token_id"], row["trustline_limit_new"], row["flags"]));
        }
    }

    [Fact]
    public void Project_TrustInTheOwnAsset_MakesNoRow() => Assert.Empty(ChangeTrust(Asset("OWN", 10), 5).ChangesOf(1));

    [Theory]
    [InlineData(0u, 0u, "")]
    [InlineData(1u, 2u, "SET 1 CLEAR 64")]
    [InlineData(7u, 0u, "SET 97")]
    [InlineData(0u, 4u, "CLEAR 32")]
    [InlineData(8u, 8u, "")]
    public void Project_TrustlineFlags_BitsOfTheOperation(uint set, uint clear, string expected)
    {
        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            Operations = [Operation(21, Cat(AccountId(20), Usd, U32(clear), U32(set)), AccountId(50))],
            OperationChanges = [[]],
        });

        Assert.Equal(expected, string.Join(' ', rows.Changes.Skip(1).Select(row => $"{row["state_change_reason"]} {row["flags"]}")));
        Assert.All(rows.Changes.Skip(1), row => Assert.Equal("G20", TestRows.Short(row["account_id"])));
    }

    [Fact]
    public void Project_AllowTrust_AssetIsIssuedByTheSource()
    {
        byte[] body = Cat(AccountId(20), U32(2), "USDLONG\0\0\0\0\0"u8.ToArray(), U32(3));

        TestRows rows =
            TestLedger.RowsOf(new TestTransaction { Operations = [Operation(7, body, AccountId(50))], OperationChanges = [[]] });

        Dictionary<string, string?> row = rows.Change("BALANCE_AUTHORIZATION");
        Assert.Equal(("SET", "1", TestRows.Contract(AssetContract(TestLedger.Network, Asset("USDLONG", 50)))),
            (row["state_change_reason"], row["flags"], TestRows.Short(row["token_id"])));
    }

    [Fact]
    public void Project_DataEntry_ValuesAreThoseOfTheLedger()
    {
        byte[] operation = Operation(10, Cat(Text("name"), Optional(Opaque([9]))));
        byte[] old = DataEntry(10, "name", [1, 2, 3]);
        byte[] now = DataEntry(10, "name", [4]);
        byte[] empty = DataEntry(10, "name", []);

        Assert.Equal(("ADD", "{\"new\": \"BA==\"}"), Data(operation, Created(now)));
        Assert.Equal(("UPDATE", "{\"new\": \"BA==\", \"old\": \"AQID\"}"), Data(operation, State(old), Updated(now)));
        Assert.Equal(("UPDATE", "{\"new\": \"BA==\", \"old\": \"BA==\"}"), Data(operation, State(now), Updated(now)));
        Assert.Equal(("REMOVE", "{\"old\": \"AQID\"}"), Data(operation, State(old), Removed(3, AccountId(10), Text("name"))));
        Assert.Equal(("ADD", "{\"new\": \"\"}"), Data(operation, Created(empty)));
        Assert.Equal(("REMOVE", "{\"old\": \"\"}"), Data(operation, State(empty), Removed(3, AccountId(10), Text("name"))));
    }

    [Fact]
    public void Project_EffectsOfAFailedTransaction_MakeNoRows()
    {
        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            Code = -1,
            Operations = [Operation(0, Cat(AccountId(20), I64(5))), Operation(7, Cat(AccountId(20), U32(1), "USD\0"u8.ToArray(), U32(0)))],
            Results = [Result(0, 0), Result(7, -2)],
        });

        Assert.Empty(rows.ChangesOf(1));
        Assert.Empty(rows.ChangesOf(2));
    }

    private static (string?, string?) Data(byte[] operation, params byte[][] changes)
    {
        Dictionary<string, string?> row = TestLedger.RowsOf(new TestTransaction { Operations = [operation], OperationChanges = [changes] })
            .Change("DATA_ENTRY");
        Assert.Equal("name", row["data_entry_name"]);
        return (row["state_change_reason"], row["key_value"]);
    }

    private static TestRows ChangeTrust(byte[] line, long limit, params byte[][] changes) =>
        TestLedger.RowsOf(new TestTransaction { Operations = [Operation(6, Cat(line, I64(limit)))], OperationChanges = [changes] });

    private static TestRows Options(string? domain = null, uint[]? thresholds = null, uint? set = null, uint? clear = null,
        byte[]? before = null, byte[]? after = null) => TestLedger.RowsOf(new TestTransaction
        {
            Operations = [Operation(5, OptionsBody(domain, thresholds, set, clear))],
            OperationChanges = [before is null ? [] : [State(before), Updated(after ?? before)]],
        });

    // Thresholds: master weight, low, medium, high.
    private static byte[] OptionsBody(string? domain = null, uint[]? thresholds = null, uint? set = null, uint? clear = null) => Cat(
        [U32(0), Number(clear), Number(set), .. (thresholds ?? [0, 0, 0, 0]).Select(value => thresholds is null ? U32(0) : Number(value)),
            Optional(domain is null ? null : Text(domain)), U32(0)]);

    private static byte[] Number(uint? value) => Optional(value is { } number ? U32(number) : null);
}
