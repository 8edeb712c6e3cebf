using System.Security.Cryptography;
using StellarPipeline.Generator.Ledgers.State;
using StellarPipeline.Generator.Ledgers.Writing;
using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Ledgers.Operations;

/// <summary>
/// The scope of an operation: a state layer, the transaction, and the changes that the rules of accounts and trustlines allow.
/// </summary>
/// <remarks>
/// Methods that change balances or reserves return false if the rules forbid the change; the caller then drops the layer.
/// </remarks>
internal sealed class OperationScope(TransactionScope transaction, StateLayer layer, int position)
{
    public const long Coin = 10_000_000;

    public TransactionScope Transaction => transaction;

    public StateLayer Layer => layer;

    public LedgerWorld World => layer.World;

    public LedgerRules Rules => transaction.Rules;

    public Dice Dice => transaction.Dice;

    /// <summary>The operation's index in the transaction, from 0.</summary>
    public int Position => position;

    /// <summary>The source that the operation must have, null for any.</summary>
    public byte[]? ForcedSource { get; init; }

    /// <summary>Events that unified metadata adds to classic operations.</summary>
    public List<byte[]> Events { get; } = [];

    public AccountState? PickSource(Func<AccountState, bool>? passes = null)
    {
        if (ForcedSource is { } forced) return layer.Account(forced) is { } account && (passes is null || passes(account)) ? account : null;
        if (Dice.Chance(600) && layer.Account(transaction.Source) is { } own && (passes is null || passes(own))) return own;
        return layer.Pick(Dice, passes);
    }

    public bool MayAct(byte[] source) => ForcedSource is null || ForcedSource.AsSpan().SequenceEqual(source);

    /// <summary>The amount of an asset that an account can send.</summary>
    public long Spendable(byte[] account, NetworkAsset asset)
    {
        if (asset.IsIssuedBy(account)) return long.MaxValue / 4;
        if (asset.IsNative) return layer.Account(account)?.Spendable(World.BaseReserve) ?? 0;
        return Line(account, asset) is { IsAuthorized: true } line ? line.Balance - line.Selling : 0;
    }

    /// <summary>The amount of an asset that an account can receive.</summary>
    public long Room(byte[] account, NetworkAsset asset)
    {
        if (asset.IsIssuedBy(account)) return layer.Account(account) is null ? 0 : long.MaxValue / 4;
        if (asset.IsNative) return layer.Account(account) is { } holder ? (long.MaxValue / 2) - holder.Balance - holder.Buying : 0;
        return Line(account, asset) is { IsAuthorized: true } line ? line.Limit - line.Balance - line.Buying : 0;
    }

    public TrustlineState? Line(byte[] account, NetworkAsset asset) => layer.Find<TrustlineState>(TrustlineState.KeyOf(account, asset.Xdr));

    /// <summary>Changes an account's balance of an asset. An issuer has no balance of its own asset.</summary>
    public bool Add(byte[] account, NetworkAsset asset, long amount)
    {
        if (amount < 0 ? Spendable(account, asset) < -amount : Room(account, asset) < amount) return false;
        if (asset.IsIssuedBy(account) || amount == 0) return true;
        if (asset.IsNative)
        {
            AccountState holder = layer.Account(account)!;
            layer.Put(holder with { Balance = holder.Balance + amount });
            return true;
        }

        TrustlineState line = Line(account, asset)!;
        layer.Put(line with { Balance = line.Balance + amount });
        return true;
    }

    public bool Move(NetworkAsset asset, byte[] from, byte[] to, long amount)
    {
        if (!Add(from, asset, -amount) || !Add(to, asset, amount)) return false;
        Tell(asset, ScAddressXdr.Account(from), ScAddressXdr.Account(to), amount);
        return true;
    }

    /// <summary>Adds a transfer event, as unified events (CAP-67) have them for classic operations.</summary>
    public void Tell(NetworkAsset asset, byte[] from, byte[] to, long amount) => Events.Add(EventXdr.Contract(
        asset.Contract,
        [ScValueXdr.Symbol("transfer"), ScValueXdr.Address(from), ScValueXdr.Address(to), ScValueXdr.Text(asset.Name)],
        ScValueXdr.I128(amount)));

    /// <summary>Adds an entry of an account; its reserve is paid by the owner's current sponsor, if any, otherwise by the owner.</summary>
    public bool Create(EntryState entry)
    {
        byte[] owner = entry.Owner!;
        bool isAccount = entry is AccountState;
        byte[]? sponsor = transaction.SponsorOf(owner);
        if (!isAccount)
        {
            AccountState holder = layer.Account(owner)!;
            layer.Put(holder with
            {
                SubEntries = holder.SubEntries + entry.Reserves,
                Sponsored = holder.Sponsored + (sponsor is null ? 0 : entry.Reserves),
            });
        }
        else if (sponsor is not null)
        {
            entry = (AccountState)entry with { Sponsored = entry.Reserves };
        }

        if (sponsor is not null && !Sponsoring(sponsor, (int)entry.Reserves)) return false;
        layer.Put(entry with { Sponsor = sponsor });
        return layer.Account(owner)!.Spendable(World.BaseReserve) >= 0;
    }

    /// <summary>Removes an entry of an account and frees its reserve.</summary>
    public void Delete(EntryState entry)
    {
        layer.Remove(entry);
        if (entry.Sponsor is not null) Sponsoring(entry.Sponsor, -(int)entry.Reserves);
        if (entry is AccountState || entry.Owner is null || layer.Account(entry.Owner) is not { } holder) return;
        layer.Put(holder with
        {
            SubEntries = holder.SubEntries - entry.Reserves,
            Sponsored = holder.Sponsored - (entry.Sponsor is null ? 0 : entry.Reserves),
        });
    }

    /// <summary>Changes the number of reserves that an account pays for others.</summary>
    public bool Sponsoring(byte[] sponsor, int reserves)
    {
        if (layer.Account(sponsor) is not { } account) return false;
        layer.Put(account with { Sponsoring = (uint)(account.Sponsoring + reserves) });
        return reserves <= 0 || layer.Account(sponsor)!.Spendable(World.BaseReserve) >= 0;
    }

    /// <summary>Adds (sign 1) or removes (sign -1) the liabilities of an offer (protocol 10 and later).</summary>
    public bool Promise(OfferState offer, int sign)
    {
        if (Rules.Protocol < 10) return true;
        long selling = offer.Amount, buying = offer.Price(offer.Amount);
        if (sign > 0 && (Spendable(offer.Seller, offer.Selling) < selling || Room(offer.Seller, offer.Buying) < buying)) return false;
        Note(offer.Seller, offer.Selling, 0, sign * selling);
        Note(offer.Seller, offer.Buying, sign * buying, 0);
        return true;
    }

    /// <summary>The id of a claimable balance that this operation creates.</summary>
    public byte[] BalanceId()
    {
        using XdrWriter writer = new(64);
        writer.WriteInt32(6);
        writer.WriteAccountId(transaction.Source);
        writer.WriteInt64(transaction.Sequence);
        writer.WriteInt32(position);
        return Hashed(writer);
    }

    /// <summary>The id of a claimable balance that this operation creates from a pool's asset by a revocation.</summary>
    public byte[] RevokedBalanceId(byte[] pool, NetworkAsset asset)
    {
        using XdrWriter writer = new(128);
        writer.WriteInt32(7);
        writer.WriteAccountId(transaction.Source);
        writer.WriteInt64(transaction.Sequence);
        writer.WriteInt32(position);
        writer.WriteFixedOpaque(pool);
        writer.WriteRaw(asset.Xdr);
        return Hashed(writer);
    }

    /// <summary>Writes a MuxedAccount, sometimes with an id if the protocol has muxed accounts.</summary>
    public void WriteMuxed(XdrWriter writer, byte[] account) => transaction.WriteMuxed(writer, account);

    /// <summary>Writes a ClaimableBalanceID.</summary>
    public static void WriteBalanceId(XdrWriter writer, byte[] id)
    {
        writer.WriteInt32(0);
        writer.WriteFixedOpaque(id);
    }

    private static byte[] Hashed(XdrWriter writer) => SHA256.HashData(writer.WrittenSpan);

    private void Note(byte[] account, NetworkAsset asset, long buying, long selling)
    {
        if (asset.IsIssuedBy(account)) return;
        if (asset.IsNative)
        {
            AccountState holder = layer.Account(account)!;
            layer.Put(holder with { Buying = holder.Buying + buying, Selling = holder.Selling + selling });
            return;
        }

        if (Line(account, asset) is { } line) layer.Put(line with { Buying = line.Buying + buying, Selling = line.Selling + selling });
    }
}
