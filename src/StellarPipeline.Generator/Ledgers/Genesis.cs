using StellarPipeline.Generator.Ledgers.Operations;
using StellarPipeline.Generator.Ledgers.Soroban;
using StellarPipeline.Generator.Ledgers.State;
using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Ledgers;

/// <summary>
/// The state before the first ledger: accounts, issuers, trustlines, contracts, and the effects of some operations.
/// </summary>
internal static class Genesis
{
    private const uint Authorized = 1;
    private const uint WarmUpLedgers = 150;
    private const uint ClawbackEnabled = 4;

    // Flags of issuers: none; authorization required and revocable; clawback and revocable; all three; revocable.
    private static readonly uint[] IssuerFlags = [0, 0, 3, 10, 11, 2];

    public static LedgerWorld Make(LedgerGeneratorOptions options, LedgerCustoms customs, Dice dice)
    {
        LedgerWorld world = new(DerivedIds.Network(options.Passphrase))
        {
            Ledger = options.FirstLedger - Math.Min(options.FirstLedger - 1, WarmUpLedgers),
        };
        LedgerRules rules = new(options.Protocol);
        StateLayer layer = world.Open();
        List<byte[]> accounts = [.. Enumerable.Range(0, options.Accounts).Select(_ => dice.Bytes(32))];
        foreach (byte[] account in accounts)
        {
            layer.Put(new AccountState(account)
            {
                Balance = dice.Between(100L, 100_000L) * OperationScope.Coin,
                Sequence = dice.Between(1L, 1L << 40),
            });
        }

        for (int number = 0; number < options.Assets; number++) AddAsset(world, layer, rules, dice, dice.Of(accounts));
        OperationScope scope = new(new TransactionScope(rules, dice, accounts[0], 1, options.FirstCloseTime), layer, 0);
        foreach (NetworkAsset asset in world.Assets)
            for (int holder = 0; holder < Math.Max(3, options.Accounts / 4); holder++) AddLine(scope, dice.Of(accounts), asset);
        if (rules.HasPools)
            for (int number = 0; number < options.Assets * 2; number++) AddPoolShare(world, layer, rules, dice, options);
        if (rules.HasSoroban) AddContracts(scope);
        layer.Commit();
        WarmUp(options, customs, world, rules, dice, accounts);
        return world;
    }

    private static void AddAsset(LedgerWorld world, StateLayer layer, LedgerRules rules, Dice dice, byte[] issuer)
    {
        string code = System.Text.Encoding.ASCII.GetString(dice.Word(dice.Chance(600) ? dice.Between(1, 4) : dice.Between(5, 12)))
            .ToUpperInvariant();
        if (world.Assets.Exists(asset => asset.IsIssuedBy(issuer))) code += "X"[..(code.Length is 4 or 12 ? 0 : 1)];
        var asset = NetworkAsset.Credit(code, issuer, world.NetworkId);
        if (world.AssetOf(asset.Xdr) is not null) return;
        world.Assets.Add(asset);
        AccountState account = layer.Account(issuer)!;
        uint flags = dice.Of(IssuerFlags);
        layer.Put(account with { Flags = account.Flags | (rules.Protocol >= 17 ? flags : flags & 3) });
    }

    private static void AddLine(OperationScope scope, byte[] holder, NetworkAsset asset)
    {
        if (asset.IsIssuedBy(holder) || scope.Line(holder, asset) is not null) return;
        uint flags = Authorized | ((scope.Layer.Account(asset.Issuer!)!.Flags & 8) != 0 ? ClawbackEnabled : 0);
        scope.Create(new TrustlineState(holder, asset.Xdr)
        {
            Balance = scope.Dice.Amount(10_000 * OperationScope.Coin),
            Limit = scope.Dice.Chance(500) ? long.MaxValue : 1_000_000 * OperationScope.Coin,
            Flags = flags,
        });
    }

    /// <summary>Adds a trustline to pool shares and a deposit for some holder of an asset.</summary>
    private static void AddPoolShare(LedgerWorld world, StateLayer layer, LedgerRules rules, Dice dice, LedgerGeneratorOptions options)
    {
        // If an issuer has pool shares, a redemption burns its own asset.
        bool wantsIssuer = dice.Chance(500);
        if (layer.Pick<TrustlineState>(dice, line => !line.IsPoolShare
            && (!wantsIssuer || world.Assets.Exists(asset => asset.IsIssuedBy(line.Account)))) is not { } line)
        {
            return;
        }

        foreach (Func<OperationScope, OperationOutcome?> make in (Func<OperationScope, OperationOutcome?>[])
            [scope => PoolOperations.TrustPool(scope, line.Account), PoolOperations.Deposit])
        {
            OperationScope scope = new(new TransactionScope(rules, dice, line.Account, 1, options.FirstCloseTime), layer.Above(), 0)
            {
                ForcedSource = line.Account,
            };
            if (make(scope) is not null) scope.Layer.Commit();
        }
    }

    private static void AddContracts(OperationScope scope)
    {
        SorobanOperations.Upload(scope);
        for (int number = 0; number < 6; number++) SorobanOperations.Create(scope);
        SorobanOperations.Deploy(scope, scope.World.Native);
        foreach (NetworkAsset asset in scope.World.Assets.Take((scope.World.Assets.Count * 3 / 4) + 1))
            SorobanOperations.Deploy(scope, asset);
    }

    private static void WarmUp(
        LedgerGeneratorOptions options, LedgerCustoms customs, LedgerWorld world, LedgerRules rules, Dice dice, List<byte[]> accounts)
    {
        for (int number = 0; number < options.WarmUpOperations; number++)
        {
            // The ledger number grows, so that some contract entries have expired before the first ledger.
            world.Ledger = options.FirstLedger - Math.Min(options.FirstLedger - 1,
                WarmUpLedgers - (uint)((long)number * (WarmUpLedgers - 1) / options.WarmUpOperations));
            StateLayer layer = world.Open();
            byte[] source = dice.Of(accounts);
            if (layer.Account(source) is null) continue;
            TransactionScope transaction = new(rules, dice, source, number, options.FirstCloseTime)
            {
                HasUnifiedEvents = rules.HasStateArchive,
                Customs = customs,
            };
            bool soroban = rules.HasSoroban && dice.Chance(options.SorobanPerThousand);
            if (OperationCatalog.Apply(transaction, layer, 0, null, soroban) is not { } applied) continue;
            applied.Layer.Commit();
            layer.Commit();
            if (rules.HasSoroban && number % 10 == 0) Eviction.Run(world, rules);
        }
    }
}
