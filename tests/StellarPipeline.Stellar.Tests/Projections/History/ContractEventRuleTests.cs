using static StellarPipeline.Stellar.Tests.Projections.History.LedgerXdr;

namespace StellarPipeline.Stellar.Tests.Projections.History;

/// <summary>Stream 0, asset contracts: which events make rows, in metadata of either generation, and which.</summary>
public sealed class ContractEventRuleTests
{
    private static readonly byte[] Usd = Asset("USD", 50);
    private static readonly byte[] Contract = AssetContract(TestLedger.Network, Usd);
    private static readonly byte[] Name = AssetName("USD", 50);
    private static readonly byte[] Issuer = AddressValue(AccountAddress(50));
    private static readonly byte[] Alice = AddressValue(AccountAddress(20));
    private static readonly byte[] Bob = AddressValue(AccountAddress(21));

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public void Project_Transfer_DebitsAndCredits(int version) => Rows(
        version, ["BALANCE DEBIT G20 5", "BALANCE CREDIT G21 5"], Event(Contract, I128(5), Symbol("transfer"), Alice, Bob, Name));

    [Fact]
    public void Project_IssuersTransferInVersion4Metadata_StaysATransfer() => Rows(
        4, ["BALANCE DEBIT G50 5", "BALANCE CREDIT G20 5"], Event(Contract, I128(5), Symbol("transfer"), Issuer, Alice, Name));

    [Fact]
    public void Project_TransferToTheIssuerInVersion3Metadata_IsABurn() => Rows(
        3, ["BALANCE BURN G50 5", "BALANCE DEBIT G20 5"], Event(Contract, I128(5), Symbol("transfer"), Alice, Issuer, Name));

    [Fact]
    public void Project_IssuersTransferToItselfInVersion3Metadata_StaysATransfer() => Rows(
        3, ["BALANCE DEBIT G50 5", "BALANCE CREDIT G50 5"], Event(Contract, I128(5), Symbol("transfer"), Issuer, Issuer, Name));

    [Fact]
    public void Project_MintInVersion3Metadata_NamesTheAdministratorFirst() => Rows(
        3, ["BALANCE MINT G50 5", "BALANCE CREDIT G20 5"], Event(Contract, I128(5), Symbol("mint"), Issuer, Alice, Name));

    [Fact]
    public void Project_MintInVersion4Metadata_NamesTheReceiverOnly() => Rows(
        4, ["BALANCE MINT G50 5", "BALANCE CREDIT G20 5"], Event(Contract, I128(5), Symbol("mint"), Alice, Name));

    [Fact]
    public void Project_ClawbackInVersion3Metadata_NamesTheAdministratorFirst() => Rows(
        3, ["BALANCE BURN G50 5", "BALANCE DEBIT G20 5"], Event(Contract, I128(5), Symbol("clawback"), Issuer, Alice, Name));

    [Fact]
    public void Project_ClawbackInVersion4Metadata_NamesTheHolderOnly() => Rows(
        4, ["BALANCE BURN G50 5", "BALANCE DEBIT G20 5"], Event(Contract, I128(5), Symbol("clawback"), Alice, Name));

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public void Project_Burn_HasOneFormOnly(int version) => Rows(
        version, ["BALANCE BURN G50 5", "BALANCE DEBIT G20 5"], Event(Contract, I128(5), Symbol("burn"), Alice, Name));

    [Fact]
    public void Project_FormsOfTheOtherGeneration_MakeNoRows()
    {
        Rows(4, [], Event(Contract, I128(5), Symbol("mint"), Issuer, Alice, Name),
            Event(Contract, I128(5), Symbol("clawback"), Issuer, Alice, Name));
        Rows(3, [], Event(Contract, I128(5), Symbol("mint"), Alice, Name), Event(Contract, I128(5), Symbol("clawback"), Alice, Name));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public void Project_OtherNumbersOfTopics_MakeNoRows(int version) => Rows(
        version, [], Event(Contract, I128(5)), Event(Contract, I128(5), Symbol("transfer")),
        Event(Contract, I128(5), Symbol("transfer"), Alice, Name), Event(Contract, I128(5), Symbol("transfer"), Alice, Bob),
        Event(Contract, I128(5), Symbol("transfer"), Alice, Bob, Name, Name), Event(Contract, I128(5), Symbol("burn"), Alice),
        Event(Contract, I128(5), Symbol("burn"), Alice, Bob, Name));

    [Fact]
    public void Project_AmountBeyond64Bits_IsWhole() => Rows(
        4, ["BALANCE DEBIT G20 170141183460469231731687303715884105727", "BALANCE CREDIT G21 170141183460469231731687303715884105727",
            "BALANCE DEBIT G20 -170141183460469231731687303715884105728", "BALANCE CREDIT G21 -170141183460469231731687303715884105728",
            "BALANCE DEBIT G20 9223372036854775808", "BALANCE CREDIT G21 9223372036854775808"],
        Event(Contract, I128(Int128.MaxValue), Symbol("transfer"), Alice, Bob, Name),
        Event(Contract, I128(Int128.MinValue), Symbol("transfer"), Alice, Bob, Name),
        Event(Contract, I128((Int128)long.MaxValue + 1), Symbol("transfer"), Alice, Bob, Name));

    [Fact]
    public void Project_DataMap_AmountIsInItWhateverTheMuxedId() => Rows(
        4, ["BALANCE DEBIT G20 1", "BALANCE CREDIT G21 1", "BALANCE DEBIT G20 2", "BALANCE CREDIT G21 2", "BALANCE DEBIT G20 3",
            "BALANCE CREDIT G21 3", "BALANCE DEBIT G20 4", "BALANCE CREDIT G21 4", "BALANCE DEBIT G20 5", "BALANCE CREDIT G21 5"],
        Transfer(Map(("amount", I128(1)))), Transfer(Map(("amount", I128(2)), ("to_muxed_id", Cat(U32(5), I64(9))))),
        Transfer(Map(("amount", I128(3)), ("to_muxed_id", Cat(U32(13), Opaque([1, 2]))))),
        Transfer(Map(("amount", I128(4)), ("other", Symbol("x")), ("to_muxed_id", String("memo")))),
        Transfer(Map(("amount", I128(5)), ("to_muxed_id", U32(1)))));

    [Fact]
    public void Project_MuxedId_IsNotStored()
    {
        TestRows rows = RowsOf(4, Transfer(Map(("amount", I128(2)), ("to_muxed_id", Cat(U32(5), I64(9))))));

        Assert.All(rows.Changes, row => Assert.Null(row["to_muxed_id"]));
        Assert.All(rows.Changes, row => Assert.Null(row["spender_account_id"]));
    }

    [Fact]
    public void Project_DataThatIsNoAmount_DropsThatEventOnly() => Rows(
        4, ["BALANCE DEBIT G20 7", "BALANCE CREDIT G21 7"], Transfer(Map(("to_muxed_id", Cat(U32(5), I64(9))))),
        Transfer(Map(("amount", Cat(U32(5), I64(9))))), Transfer(Map(("amount", I128(1)), ("to_muxed_id", Symbol("x")))),
        Transfer(Cat(U32(17), U32(1), List(Cat(String("amount"), I128(1))))), Transfer(U32(1)), Transfer(Cat(U32(5), I64(5))),
        Transfer(I128(7)));

    [Fact]
    public void Project_DataMapInVersion3Metadata_MakesNoRow() => Rows(3, [], Transfer(Map(("amount", I128(1)))));

    [Fact]
    public void Project_AssetOfAnotherContract_MakesNoRow() => Rows(
        4, [], Event(Key(80), I128(5), Symbol("transfer"), Alice, Bob, Name),
        Event(Contract, I128(5), Symbol("transfer"), Alice, Bob, AssetName("USD", 51)),
        Event(Contract, I128(5), Symbol("transfer"), Alice, Bob, String("native")));

    [Fact]
    public void Project_TextThatIsNotOneAsset_MakesNoRow()
    {
        string issuer = Xdr.StrKey.Encode(Xdr.StrKeyKind.Account, Key(50));
        foreach (string text in (string[])[
            "", "USD", "USD:", ":" + issuer, $"USD:{issuer},USD:{issuer}", $"USD:{issuer}:1", "USD!:" + issuer,
            "THIRTEENCHARS:" + issuer, "USD:" + issuer[..^1], "USD:" + issuer.ToUpperInvariant()[..^1] + "1"])
        {
            Rows(4, [], Event(Contract, I128(5), Symbol("transfer"), Alice, Bob, String(text)));
        }

        Rows(4, [], Event(Contract, I128(5), Symbol("transfer"), Alice, Bob, Symbol("USD")));
    }

    [Theory]
    [InlineData("native")]
    [InlineData("NATIVE")]
    [InlineData("Native")]
    public void Project_NativeAsset_HasNoIssuerToShow(string name)
    {
        byte[] native = AssetContract(TestLedger.Network, Native);

        Rows(4, ["BALANCE DEBIT G20 5", "BALANCE CREDIT G21 5", "BALANCE DEBIT G20 6"],
            Event(native, I128(5), Symbol("transfer"), Alice, Bob, String(name)),
            Event(native, I128(6), Symbol("burn"), Alice, String(name)));
    }

    [Fact]
    public void Project_EventsThatNoContractTold_MakeNoRow()
    {
        byte[] topics = List(Symbol("transfer"), Alice, Bob, Name);

        Rows(4, [], Cat(U32(0), U32(0), U32(1), U32(0), topics, I128(5)), Cat(U32(0), U32(1), Contract, U32(0), U32(0), topics, I128(5)),
            Cat(U32(0), U32(1), Contract, U32(2), U32(0), topics, I128(5)));
    }

    [Fact]
    public void Project_OtherFirstTopics_MakeNoRow() => Rows(
        4, [], Event(Contract, I128(5), Symbol("approve"), Alice, Bob, Name),
        Event(Contract, I128(5), String("transfer"), Alice, Bob, Name),
        Event(Contract, I128(5), Symbol("Transfer"), Alice, Bob, Name), Event(Contract, I128(5), Alice, Alice, Bob, Name));

    [Fact]
    public void Project_EndThatIsNoAddress_MakesNoRow() => Rows(
        3, [], Event(Contract, I128(5), Symbol("transfer"), Alice, Symbol("bob"), Name),
        Event(Contract, I128(5), Symbol("mint"), Symbol("administrator"), Alice, Name));

    [Fact]
    public void Project_EndsThatAreContracts_Show() => Rows(
        4, ["BALANCE DEBIT C80 5", "BALANCE CREDIT C81 5"],
        Event(Contract, I128(5), Symbol("transfer"), AddressValue(ContractAddress(Key(80))), AddressValue(ContractAddress(Key(81))), Name));

    [Fact]
    public void Project_EndsThatArePoolsAndBalances_ShowTheOtherEndAtMost()
    {
        byte[] pool = AddressValue(Cat(U32(4), Key(7)));
        byte[] balance = AddressValue(Cat(U32(3), U32(0), Key(33)));

        Rows(4, ["BALANCE DEBIT G20 1", "BALANCE CREDIT G20 2", "BALANCE MINT G50 5", "BALANCE BURN G50 6", "BALANCE MINT G50 7",
                "BALANCE BURN G50 8"],
            Event(Contract, I128(1), Symbol("transfer"), Alice, pool, Name),
            Event(Contract, I128(2), Symbol("transfer"), pool, Alice, Name),
            Event(Contract, I128(3), Symbol("transfer"), Alice, balance, Name),
            Event(Contract, I128(4), Symbol("transfer"), balance, Alice, Name), Event(Contract, I128(5), Symbol("mint"), pool, Name),
            Event(Contract, I128(6), Symbol("burn"), pool, Name), Event(Contract, I128(7), Symbol("mint"), balance, Name),
            Event(Contract, I128(8), Symbol("clawback"), balance, Name));
    }

    [Fact]
    public void Project_MuxedContract_StandsForItsContract() => Rows(
        4, ["BALANCE DEBIT G20 5", "BALANCE CREDIT C81 5"],
        Event(Contract, I128(5), Symbol("transfer"), Alice, AddressValue(Cat(U32(5), I64(7), Key(81))), Name));

    [Fact]
    public void Project_EventsOfNoOperation_MakeNoRows()
    {
        byte[] native = AssetContract(TestLedger.Network, Native);
        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            MetaVersion = 4,
            IsSoroban = true,
            Operations = [InvokeHostFunction(Cat(U32(0), Call(Key(80), "go")))],
            OperationChanges = [[]],
            TransactionEvents = [Event(native, I128(5), Symbol("fee"), Alice),
                Event(native, I128(5), Symbol("transfer"), Alice, Bob, String("native"))],
        });

        Assert.Empty(rows.Changes);
        Assert.Equal(["G10"], rows.TransactionParticipants.Where(account => account[0] == 'G'));
    }

    [Fact]
    public void Project_UnifiedEventsOfAClassicOperation_AreNotRead()
    {
        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            MetaVersion = 4,
            Operations = [Payment(20, Usd, 5)],
            OperationChanges = [[]],
            Events = [Event(Contract, I128(5), Symbol("transfer"), Bob, Alice, Name)],
        });

        Assert.Equal(["BALANCE DEBIT G10 5", "BALANCE CREDIT G20 5"], rows.ChangesOf(1));
    }

    [Fact]
    public void Project_EventsOfAFailedTransaction_MakeNoRows()
    {
        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            Code = -1,
            IsSoroban = true,
            Operations = [InvokeHostFunction(Cat(U32(0), Call(Key(80), "go")))],
            Results = [Result(24, -2)],
            OperationChanges = [[]],
            Events = [Event(Contract, I128(5), Symbol("transfer"), Alice, Bob, Name)],
        });

        Assert.Empty(rows.Changes);
        Assert.Equal(["G10"], rows.ParticipantsOf(1));
    }

    private static byte[] Transfer(byte[] data) => Event(Contract, data, Symbol("transfer"), Alice, Bob, Name);

    private static TestRows RowsOf(int version, params byte[][] events) => TestLedger.RowsOf(new TestTransaction
    {
        MetaVersion = version,
        IsSoroban = true,
        Operations = [InvokeHostFunction(Cat(U32(0), Call(Key(80), "go")))],
        OperationChanges = [[]],
        Events = events,
    });

    private static void Rows(int version, string[] expected, params byte[][] events) =>
        Assert.Equal(expected, RowsOf(version, events).ChangesOf(1));
}
