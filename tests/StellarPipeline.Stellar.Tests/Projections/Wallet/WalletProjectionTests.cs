using System.Security.Cryptography;
using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Xdr;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections;
using StellarPipeline.Stellar.Projections.Wallet;
using StellarPipeline.TestSupport;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Stellar.Tests.Projections.Wallet;

public sealed class WalletProjectionTests
{
    private static readonly StellarNetwork Network = StellarNetwork.Testnet;
    private static readonly byte[] Contract = Bytes(0x11);
    private static readonly byte[] Holder = Bytes(0x33);
    private static readonly byte[] Issuer = Bytes(0x44);

    public static TheoryData<string, string, byte[]> Cases()
    {
        byte[] code = Bytes(0x55);
        byte[] sac = SacId("USD", Issuer);
        return new TheoryData<string, string, byte[]>
        {
            { "account", "native_balances", new AccountBuilder { AccountId = Holder }.Entry() },
            { "credit trustline", "trustline_balances", new TrustlineBuilder { Asset = AssetXdr.Credit("USD", Issuer) }.Entry() },
            { "pool share", "liquidity_pool_balances", new TrustlineBuilder { Asset = AssetXdr.PoolShare(Contract) }.Entry() },
            { "native trustline", "native_trustline", new TrustlineBuilder { Asset = AssetXdr.Native() }.Entry() },
            { "pool", "liquidity_pools", new LiquidityPoolBuilder().Entry() },
            { "code", "protocol_wasms", new ContractCodeBuilder().Entry() },
            { "offer", "type_not_stored", new OfferBuilder().Entry() },
            { "data", "type_not_stored", new DataBuilder().Entry() },
            { "claimable balance", "type_not_stored", new ClaimableBalanceBuilder().Entry() },
            { "ttl", "type_not_stored", new TimeToLiveBuilder().Entry() },
            { "nonce of an account", "not_a_contract", Data(ScAddressXdr.Account(Holder), ScValueXdr.NonceKey(-1), ScValueXdr.Void()) },
            { "symbol key", "other_contract_data", Data(ScValueXdr.Symbol("Counter"), ScValueXdr.U32(1)) },
            { "wasm instance", "contract_tokens (WASM contract)", Data(ScValueXdr.InstanceKey(), ScValueXdr.WasmInstance(code)) },
            { "external reference", "external_reference", Data(ScValueXdr.InstanceKey(),
                ScValueXdr.Instance(ExecutableXdr.ExternalReference(ScAddressXdr.Contract(Holder), "v1"), false)) },
            { "instance key, no instance", "instance_key_without_instance", Data(ScValueXdr.InstanceKey(), ScValueXdr.U32(7)) },
            { "asset contract", "contract_tokens (asset contract)",
                Data(ScAddressXdr.Contract(sac), ScValueXdr.InstanceKey(), StellarAssetContractXdr.Instance("USD", Issuer)) },
            { "asset contract, code trimmed", "contract_tokens (asset contract)", Data(
                ScAddressXdr.Contract(sac), ScValueXdr.InstanceKey(), StellarAssetContractXdr.Instance("USD", Issuer, trimCode: true)) },
            { "asset contract under a forged id", "instance_without_wasm",
                Data(ScValueXdr.InstanceKey(), StellarAssetContractXdr.Instance("USD", Issuer)) },
            { "asset contract, temporary", "instance_without_wasm", Data(
                ScAddressXdr.Contract(sac), ScValueXdr.InstanceKey(), StellarAssetContractXdr.Instance("USD", Issuer), persistent: false) },
            { "native asset's contract", "instance_without_wasm",
                Data(ScAddressXdr.Contract(Network.NativeContractId), ScValueXdr.InstanceKey(), StellarAssetContractXdr.NativeInstance()) },
            { "balance", "sac_balances", Data(StellarAssetContractXdr.BalanceKey(Holder), StellarAssetContractXdr.Balance(5)) },
            { "balance of zero", "sac_balances", Data(StellarAssetContractXdr.BalanceKey(Holder), StellarAssetContractXdr.Balance(0)) },
            { "balance of all", "sac_balances",
                Data(StellarAssetContractXdr.BalanceKey(Holder), StellarAssetContractXdr.Balance(Int128.MaxValue)) },
            { "negative balance", "balance_of_other_shape",
                Data(StellarAssetContractXdr.BalanceKey(Holder), StellarAssetContractXdr.Balance(-1)) },
            { "temporary balance", "balance_of_other_shape", Data(ScAddressXdr.Contract(Contract),
                StellarAssetContractXdr.BalanceKey(Holder), StellarAssetContractXdr.Balance(5), persistent: false) },
            { "balance of an account", "balance_of_other_shape",
                Data(StellarAssetContractXdr.BalanceKeyOfAddress(ScAddressXdr.Account(Holder)), StellarAssetContractXdr.Balance(5)) },
            { "balance in the native contract", "native_asset_balance",
                Data(ScAddressXdr.Contract(Network.NativeContractId), StellarAssetContractXdr.BalanceKey(Holder),
                    StellarAssetContractXdr.Balance(5)) },
            { "balance as plain number", "balance_of_other_shape", Data(StellarAssetContractXdr.BalanceKey(Holder), ScValueXdr.I128(5)) },
            { "balance with fields in another order", "balance_of_other_shape",
                Data(StellarAssetContractXdr.BalanceKey(Holder),
                    Map(("authorized", ScValueXdr.Bool(true)), ("amount", ScValueXdr.I128(5)), ("clawback", ScValueXdr.Bool(false)))) },
            { "balance with a fourth field", "balance_of_other_shape",
                Data(StellarAssetContractXdr.BalanceKey(Holder), Map(("amount", ScValueXdr.I128(5)), ("authorized", ScValueXdr.Bool(true)),
                    ("clawback", ScValueXdr.Bool(false)), ("extra", ScValueXdr.Void()))) },
            { "balance of type u128", "balance_of_other_shape", Data(StellarAssetContractXdr.BalanceKey(Holder),
                Map(("amount", ScValueXdr.U128(5)), ("authorized", ScValueXdr.Bool(true)), ("clawback", ScValueXdr.Bool(false)))) },
            { "balance without a map", "balance_of_other_shape", Data(StellarAssetContractXdr.BalanceKey(Holder), ScValueXdr.MapAbsent()) },
            { "key of three elements", "other_contract_data",
                Data(ScValueXdr.Vec(ScValueXdr.Symbol("Balance"), ScValueXdr.Address(ScAddressXdr.Contract(Holder)), ScValueXdr.Void()),
                    StellarAssetContractXdr.Balance(5)) },
            { "absent vector as key", "other_contract_data", Data(ScValueXdr.VecAbsent(), StellarAssetContractXdr.Balance(5)) },
            { "another symbol", "other_contract_data",
                Data(ScValueXdr.Vec(ScValueXdr.Symbol("balance"), ScValueXdr.Address(ScAddressXdr.Contract(Holder))),
                    StellarAssetContractXdr.Balance(5)) },
        };
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Encode_EachKindOfEntry_HasTheExpectedOutcome(string name, string outcome, byte[] entry)
    {
        var pages = new PagePool();
        using var projection = new WalletProjection(63, Network, pages);
        using IRowEncoder<LedgerEntryView> encoder = projection.CreateEncoder(pages);
        var view = LedgerEntryView.Parse(entry);
        encoder.Encode(view);
        var chunk = new ProjectedRows(projection.Kinds.Count, projection.Outcomes.Count);
        encoder.Flush(chunk);

        int index = Enumerable.Range(0, projection.Outcomes.Count).Single(i => chunk.Tally.OfOutcome(i) == 1);
        Assert.Equal(outcome, projection.Outcomes[index].Name);
        Assert.Equal(1, chunk.Tally[(int)view.Type, index]);
        Assert.True(chunk.Tally.Total == 1, name);
        foreach (RowPage page in chunk.Pages) page.Dispose();
    }

    [Fact]
    public void Outcomes_EveryOne_IsReachedByACase()
    {
        using var projection = new WalletProjection(63, Network, new PagePool());
        Assert.Equal(projection.Outcomes.Select(outcome => outcome.Name).Order(), Cases().Select(row => (string)row[1]).Distinct().Order());
    }

    [Theory]
    [InlineData(0u, 0u, 0u, 10_000_000)]
    [InlineData(3u, 2u, 1u, 30_000_000)]
    [InlineData(0u, 0u, 2u, 0)]
    [InlineData(0u, 0u, 3u, 4294967295L * 5_000_000)]
    public void MinimumBalance_SumsOfReserves_AreComputedIn32BitsLikeWalletBackend(
        uint subEntries, uint sponsoring, uint sponsored, long expected)
    {
        var pages = new PagePool();
        using var projection = new WalletProjection(63, Network, pages);
        using IRowEncoder<LedgerEntryView> encoder = projection.CreateEncoder(pages);
        encoder.Encode(
            LedgerEntryView.Parse(new AccountBuilder
            {
                SubEntryCount = subEntries,
                Extension = 2,
                SponsoringCount = sponsoring,
                SponsoredCount = sponsored,
            }.Entry()));
        var chunk = new ProjectedRows(projection.Kinds.Count, projection.Outcomes.Count);
        encoder.Flush(chunk);
        using RowPage page = Assert.Single(chunk.Pages);

        // Field count, address (4 + 33), balance (4 + 8), then the minimum balance behind its length.
        Assert.Equal(expected, System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(page.Memory.Span[(2 + 37 + 12 + 4)..]));
    }

    [Fact]
    public void Flush_MorePoolsThanAPageHolds_GivesPagesOfOneSizeInTheOrderOfTheRows()
    {
        var pages = new PagePool();
        using (var projection = new WalletProjection(63, Network, pages))
        {
            using IRowEncoder<LedgerEntryView> encoder = projection.CreateEncoder(pages);
            byte[][] ids = [.. Enumerable.Range(0, 5_000).Select(number => SHA256.HashData(BitConverter.GetBytes(number)))];
            foreach (byte[] id in ids) encoder.Encode(LedgerEntryView.Parse(new LiquidityPoolBuilder { PoolId = id }.Entry()));
            var chunk = new ProjectedRows(projection.Kinds.Count, projection.Outcomes.Count);
            encoder.Flush(chunk);

            Assert.All(chunk.Pages, page => Assert.Equal(RowPageWriter.DefaultPageBytes, page.CapacityBytes));
            Assert.True(chunk.Pages.Count > 1);
            Assert.Equal(5_000, chunk.Pages.Sum(page => page.RowCount));
            byte[] rows = [.. chunk.Pages.SelectMany(page => page.Memory.ToArray())];
            int rowBytes = rows.Length / ids.Length;
            Assert.Equal(ids.Select(Convert.ToHexStringLower),
                Enumerable.Range(0, ids.Length).Select(row => System.Text.Encoding.ASCII.GetString(rows, (row * rowBytes) + 6, 64)));
            foreach (RowPage page in chunk.Pages) page.Dispose();

            // What was not flushed is given back by the encoder.
            foreach (byte[] id in ids) encoder.Encode(LedgerEntryView.Parse(new LiquidityPoolBuilder { PoolId = id }.Entry()));
        }

        Assert.Equal(0, pages.Outstanding);
    }

    public static TheoryData<string, byte[], string> RefusedEntries() => new()
    {
        { "sub-entries", new AccountBuilder { SubEntryCount = 2_147_483_648 }.Entry(),
            "numSubEntries is 2,147,483,648, but the ledger allows at most 2,147,483,647." },
        { "flags", new TrustlineBuilder { Asset = AssetXdr.Credit("USD", Issuer), Flags = uint.MaxValue }.Entry(),
            "flags is 4,294,967,295, but the ledger allows at most 2,147,483,647." },
        { "trustline code", new TrustlineBuilder { Asset = AssetXdr.Credit(1, [0xff, 0x41], Issuer) }.Entry(),
            "asset code is 0xff41, which is empty or no text." },
        { "first pool code", new LiquidityPoolBuilder { AssetA = AssetXdr.Credit(1, [0xc3, 0x28], Issuer) }.Entry(),
            "asset code is 0xc328, which is empty or no text." },
        { "second pool code", new LiquidityPoolBuilder { AssetB = AssetXdr.Credit(2, [0x41, 0, 0x41], Issuer) }.Entry(),
            "asset code is 0x410041, which is empty or no text." },
        { "empty pool code", new LiquidityPoolBuilder { AssetB = AssetXdr.Credit(1, [], Issuer) }.Entry(),
            "asset code is 0x, which is empty or no text." },
    };

    [Theory]
    [MemberData(nameof(RefusedEntries))]
    public void Encode_WhatNoTableCanHold_IsRefusedAndLeavesNothingBehind(string name, byte[] entry, string message)
    {
        var pages = new PagePool();
        using var projection = new WalletProjection(63, Network, pages);
        using IRowEncoder<LedgerEntryView> encoder = projection.CreateEncoder(pages);

        Exception? refusal = Record.Exception(() => encoder.Encode(LedgerEntryView.Parse(entry)));

        Assert.NotNull(refusal);
        Assert.Equal("EntryRejectedException", refusal.GetType().Name);
        Assert.Equal(message, refusal.Message);

        // Another worker may take the encoder while the refusal is on its way: it must not fail by what this one left.
        encoder.Encode(LedgerEntryView.Parse(new AccountBuilder().Entry()));
        encoder.Encode(LedgerEntryView.Parse(new TrustlineBuilder { Asset = AssetXdr.Credit("USD", Issuer) }.Entry()));
        encoder.Encode(LedgerEntryView.Parse(new LiquidityPoolBuilder().Entry()));
        var chunk = new ProjectedRows(projection.Kinds.Count, projection.Outcomes.Count);
        encoder.Flush(chunk);
        Assert.True(chunk.Pages.Sum(page => page.RowCount) == 3, name);
        foreach (RowPage page in chunk.Pages) page.Dispose();
    }

    [Fact]
    public void Encode_AccountsAndTrustlines_AllocateNothingPerEntry()
    {
        var pages = new PagePool();
        using var projection = new WalletProjection(63, Network, pages);
        using IRowEncoder<LedgerEntryView> encoder = projection.CreateEncoder(pages);
        byte[] account = new AccountBuilder { AccountId = Holder, Extension = 3 }.Entry();
        byte[][] trustlines =
            [.. Enumerable.Range(0, 50).Select(
                i => new TrustlineBuilder { AccountId = Holder, Asset = AssetXdr.Credit("C" + i, Issuer), Extension = 1 }.Entry())];
        EncodeAll(1000);
        long allocated = Allocations.Fewest(() => EncodeAll(100_000));

        // What remains is one chunk and its page objects per 1,000 entries, as in a load.
        Assert.True(allocated < 100 * 8_000, $"{allocated:N0} bytes for 100,000 entries");
        Assert.Equal(0, pages.Outstanding);

        void EncodeAll(int entries)
        {
            for (int i = 0; i < entries; i++)
            {
                encoder.Encode(LedgerEntryView.Parse(i % 3 == 0 ? account : trustlines[i % 50]));
                if (i % 1000 != 999) continue;
                var chunk = new ProjectedRows(projection.Kinds.Count, projection.Outcomes.Count);
                encoder.Flush(chunk);
                foreach (RowPage page in chunk.Pages) page.Dispose();
            }
        }
    }

    private static byte[] Data(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value) => Data(ScAddressXdr.Contract(Contract), key, value);

    private static byte[] Data(
        ReadOnlyMemory<byte> contract, ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, bool persistent = true) =>
            new ContractDataBuilder { Contract = contract, StorageKey = key, Value = value, Persistent = persistent }.Entry();

    private static byte[] Map(params (string Key, byte[] Value)[] fields) =>
        ScValueXdr.Map([.. fields.Select(field => (ScValueXdr.Symbol(field.Key), field.Value))]);

    /// <summary>The id of an asset's contract, by its definition and without the code under test.</summary>
    private static byte[] SacId(string code, byte[] issuer) =>
        SHA256.HashData([0, 0, 0, 8, .. Network.Id, 0, 0, 0, 1, .. AssetXdr.Credit(code, issuer)]);

    private static byte[] Bytes(byte value)
    {
        byte[] bytes = new byte[32];
        Array.Fill(bytes, value);
        return bytes;
    }
}
