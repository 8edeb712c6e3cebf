using static StellarPipeline.Stellar.Tests.Projections.History.LedgerXdr;

namespace StellarPipeline.Stellar.Tests.Projections.History;

/// <summary>Stream 3: authorization that an asset's contract gave or took.</summary>
public sealed class AuthorizationEventRuleTests
{
    private static readonly byte[] Usd = Asset("USD", 50);
    private static readonly byte[] Contract = AssetContract(TestLedger.Network, Usd);
    private static readonly byte[] Name = AssetName("USD", 50);
    private static readonly byte[] Holder = AddressValue(AccountAddress(20));
    private static readonly byte[] HolderContract = AddressValue(ContractAddress(Key(81)));

    // Flags of the trustline before: 1 authorized, 2 to maintain liabilities.
    [Theory]
    [InlineData(0, true, "SET 1")]
    [InlineData(1, true, "")]
    [InlineData(2, true, "SET 1 CLEAR 64")]
    [InlineData(3, true, "CLEAR 64")]
    [InlineData(0, false, "SET 64")]
    [InlineData(1, false, "CLEAR 1 SET 64")]
    [InlineData(2, false, "")]
    [InlineData(3, false, "CLEAR 1")]
    [InlineData(5, false, "CLEAR 1 SET 64")]
    public void Project_Account_RowsGoByItsTrustlineBefore(uint before, bool isAuthorized, string expected)
    {
        byte[] after = TrustlineEntry(20, Usd, 9, 4);

        Assert.Equal(expected, Rows(Told(isAuthorized, Holder), State(TrustlineEntry(20, Usd, 9, before)), Updated(after)));
    }

    [Theory]
    [InlineData(true, "SET 1")]
    [InlineData(false, "SET 64")]
    public void Project_NewTrustline_HadNoFlags(bool isAuthorized, string expected) =>
        Assert.Equal(expected, Rows(Told(isAuthorized, Holder), Created(TrustlineEntry(20, Usd, 9, 1))));

    [Fact]
    public void Project_TrustlineThatDidNotChange_MakesNoRow()
    {
        Assert.Equal("", Rows(Told(true, Holder)));
        Assert.Equal(
            "", Rows(Told(true, Holder), Created(TrustlineEntry(21, Usd, 9, 1)), Created(TrustlineEntry(20, Asset("USD", 51), 9, 1)),
                Created(TrustlineEntry(20, Asset("USDLONG", 50), 9, 1))));
    }

    [Theory]
    [InlineData(false, true, "SET ")]
    [InlineData(true, true, "")]
    [InlineData(true, false, "CLEAR ")]
    [InlineData(false, false, "")]
    public void Project_Contract_RowsGoByItsBalanceBeforeAndCarryNoFlags(bool was, bool isAuthorized, string expected) => Assert.Equal(
        expected, Rows(Told(isAuthorized, HolderContract), State(BalanceOf(Contract, was)), Updated(BalanceOf(Contract, !was))));

    [Theory]
    [InlineData(true, "SET ")]
    [InlineData(false, "")]
    public void Project_NewBalanceOfAContract_WasNotAuthorized(bool isAuthorized, string expected) =>
        Assert.Equal(expected, Rows(Told(isAuthorized, HolderContract), Created(BalanceOf(Contract, true))));

    [Fact]
    public void Project_BalanceOfAnotherContractOrKey_MakesNoRow()
    {
        byte[] value = Map(("amount", I128(1)), ("authorized", Bool(false)), ("clawback", Bool(false)));
        byte[] otherKey = ContractDataEntry(Contract, Vector(Symbol("Allowance"), HolderContract), value);
        byte[] longKey = ContractDataEntry(Contract, Vector(Symbol("Balance"), HolderContract, HolderContract), value);

        Assert.Equal("", Rows(Told(true, HolderContract), Created(BalanceOf(Key(80), false)), Created(otherKey), Created(longKey)));
    }

    [Fact]
    public void Project_BalanceBeforeThatIsNoMapOfThree_MakesNoRow()
    {
        byte[] key = Vector(Symbol("Balance"), HolderContract);
        foreach (byte[] value in (byte[][])[I128(5), Map(("amount", I128(1)), ("authorized", Bool(false))),
            Map(("amount", I128(1)), ("authorised", Bool(false)), ("clawback", Bool(false)))])
        {
            byte[] entry = ContractDataEntry(Contract, key, value);
            Assert.Equal("", Rows(Told(true, HolderContract), State(entry), Updated(BalanceOf(Contract, true))));
        }
    }

    [Fact]
    public void Project_ListOfAssets_TheFirstCounts() => Assert.Equal("SET 1",
        Rows(Event(Contract, Bool(true), Symbol("set_authorized"), Holder, String(Text("USD", 50) + "," + Text("EUR", 51))),
            Created(TrustlineEntry(20, Usd, 9, 1))));

    [Fact]
    public void Project_EventsThatDoNotFit_MakeNoRow()
    {
        byte[] line = Created(TrustlineEntry(20, Usd, 9, 1));
        byte[] symbol = Symbol("set_authorized");

        Assert.Equal("", Rows(Event(Contract, Bool(true), symbol, AddressValue(AccountAddress(50)), Holder, Name), line));
        Assert.Equal("", Rows(Event(Contract, Bool(true), symbol, Holder), line));
        Assert.Equal("", Rows(Event(Contract, U32(1), symbol, Holder, Name), line));
        Assert.Equal("", Rows(Event(Contract, Bool(true), symbol, Symbol("alice"), Name), line));
        Assert.Equal("", Rows(Event(Key(80), Bool(true), symbol, Holder, Name), line));
        Assert.Equal("", Rows(Event(Contract, Bool(true), String("set_authorized"), Holder, Name), line));
        Assert.Equal("", Rows(Event(Contract, Bool(true), symbol, Holder, Symbol("USD")), line));
    }

    [Fact]
    public void Project_Version3Metadata_NamesTheAdministratorFirst()
    {
        byte[] line = Created(TrustlineEntry(20, Usd, 9, 1));

        Assert.Equal("SET 1", Rows(3, Event(Contract, Bool(true), Symbol("set_authorized"), AddressValue(AccountAddress(50)), Holder, Name),
            line));
        Assert.Equal("", Rows(3, Told(true, Holder), line));
    }

    [Fact]
    public void Project_Rows_BelongToTheHolderAndStandInTheirOwnStream()
    {
        TestRows rows = RowsOf(4, Told(true, Holder), Created(TrustlineEntry(20, Usd, 9, 1)));

        Dictionary<string, string?> row = rows.Change("BALANCE_AUTHORIZATION");
        Assert.Equal(("G20", TestRows.Contract(Contract), "805306369"),
            (TestRows.Short(row["account_id"]), TestRows.Short(row["token_id"]), row["state_change_id"]!));
        Assert.Equal(["C80", "G10", "G20"], rows.ParticipantsOf(1));
    }

    private static string Text(string code, byte issuer) => code + ":" + Xdr.StrKey.Encode(Xdr.StrKeyKind.Account, Key(issuer));

    private static byte[] Told(bool isAuthorized, byte[] holder) =>
        Event(Contract, Bool(isAuthorized), Symbol("set_authorized"), holder, Name);

    private static byte[] BalanceOf(byte[] contract, bool isAuthorized) => ContractDataEntry(contract,
        Vector(Symbol("Balance"), HolderContract), Map(("amount", I128(1)), ("authorized", Bool(isAuthorized)), ("clawback", Bool(false))));

    private static string Rows(byte[] contractEvent, params byte[][] changes) => Rows(4, contractEvent, changes);

    private static string Rows(int version, byte[] contractEvent, params byte[][] changes) => string.Join(
        ' ', RowsOf(version, contractEvent, changes).Changes.Select(row => $"{row["state_change_reason"]} {row["flags"]}"));

    private static TestRows RowsOf(int version, byte[] contractEvent, params byte[][] changes) => TestLedger.RowsOf(new TestTransaction
    {
        MetaVersion = version,
        IsSoroban = true,
        Operations = [InvokeHostFunction(Cat(U32(0), Call(Key(80), "go")))],
        OperationChanges = [changes],
        Events = [contractEvent],
    });
}
