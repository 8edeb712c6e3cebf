using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace StellarPipeline.Stellar.Tests.Projections.History;

/// <summary>Encodes the parts of small ledgers by hand, so that tests say what they give in the words of the schema.</summary>
internal static class LedgerXdr
{
    public static readonly byte[] Native = U32(0);

    public static byte[] U32(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    public static byte[] I32(int value) => U32((uint)value);

    public static byte[] I64(long value)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return bytes;
    }

    public static byte[] Cat(params byte[][] parts) => [.. parts.SelectMany(part => part)];

    /// <summary>A count and the elements.</summary>
    public static byte[] List(params byte[][] elements) => Cat([U32((uint)elements.Length), .. elements]);

    public static byte[] Optional(byte[]? value) => value is null ? U32(0) : Cat(U32(1), value);

    public static byte[] Opaque(byte[] bytes) => Cat(U32((uint)bytes.Length), bytes, new byte[(4 - (bytes.Length % 4)) % 4]);

    public static byte[] Text(string text) => Opaque(Encoding.UTF8.GetBytes(text));

    /// <summary>32 bytes that are recognised in rows: a number, many times.</summary>
    public static byte[] Key(byte number) => [.. Enumerable.Repeat(number, 32)];

    public static byte[] AccountId(byte number) => Cat(U32(0), Key(number));

    public static byte[] Muxed(byte number, long? id = null) =>
        id is null ? AccountId(number) : Cat(U32(0x100), I64(id.Value), Key(number));

    public static byte[] Asset(string code, byte issuer) =>
        Cat(U32(code.Length <= 4 ? 1u : 2u), Encoding.ASCII.GetBytes(code.PadRight(code.Length <= 4 ? 4 : 12, '\0')), AccountId(issuer));

    // Operations.
    public static byte[] Operation(int type, byte[] body, byte[]? source = null) => Cat(Optional(source), I32(type), body);

    public static byte[] Payment(byte destination, byte[] asset, long amount, byte[]? source = null) =>
        Operation(1, Cat(AccountId(destination), asset, I64(amount)), source);

    // Results: an operation's own code and what follows it.
    public static byte[] Result(int type, int code, params byte[][] rest) => Cat([I32(0), I32(type), I32(code), .. rest]);

    public static byte[] OfferAtom(byte seller, byte[] sold, long amountSold, byte[] bought, long amountBought) =>
        Cat(U32(1), AccountId(seller), I64(7), sold, I64(amountSold), bought, I64(amountBought));

    // Entries and changes.
    public static byte[] AccountEntry(byte account, long balance, byte[]? thresholds = null, byte[][]? signers = null, string domain = "",
        byte?[]? signerSponsors = null) => Cat(
        U32(0), AccountId(account), I64(balance), I64(5), U32(0), U32(0), U32(0), Text(domain), thresholds ?? [1, 0, 0, 0],
            List(signers ?? []),
        signerSponsors is null ? U32(0) : Cat(U32(1), I64(0), I64(0), U32(2), U32(0), U32(0),
            List([.. signerSponsors.Select(sponsor => Optional(sponsor is { } key ? AccountId(key) : null))]), U32(0)));

    public static byte[] TrustlineEntry(byte account, byte[] asset, long limit, uint flags) =>
        Cat(U32(1), AccountId(account), asset, I64(0), I64(limit), U32(flags), U32(0));

    public static byte[] PoolEntry(byte pool, byte[] assetA, long reserveA, byte[] assetB, long reserveB) =>
        Cat(U32(5), Key(pool), U32(0), assetA, assetB, U32(30), I64(reserveA), I64(reserveB), I64(1), I64(1));

    public static byte[] BalanceEntry(byte[] id, byte[] asset, long amount) => Cat(U32(4), U32(0), id, List(), asset, I64(amount), U32(0));

    public static byte[] Entry(byte[] data, byte? sponsor = null) =>
        Cat(U32(9), data, sponsor is { } key ? Cat(U32(1), Optional(AccountId(key)), U32(0)) : U32(0));

    public static byte[] Created(byte[] data, byte? sponsor = null) => Cat(U32(0), Entry(data, sponsor));

    public static byte[] Updated(byte[] data) => Cat(U32(1), Entry(data));

    public static byte[] State(byte[] data) => Cat(U32(3), Entry(data));

    public static byte[] Restored(byte[] data, byte? sponsor = null) => Cat(U32(4), Entry(data, sponsor));

    public static byte[] DataEntry(byte account, string name, byte[] value) =>
        Cat(U32(3), AccountId(account), Text(name), Opaque(value), U32(0));

    /// <summary>A persistent entry of a contract.</summary>
    public static byte[] ContractDataEntry(byte[] contract, byte[] key, byte[] value) =>
        Cat(U32(6), U32(0), ContractAddress(contract), key, U32(1), value);

    /// <summary>Removal of an entry by its type and key.</summary>
    public static byte[] Removed(uint type, params byte[][] key) => Cat([U32(2), U32(type), .. key]);

    public static byte[] RemovedPool(byte pool) => Cat(U32(2), U32(5), Key(pool));

    // Contract values and events.
    public static byte[] Symbol(string text) => Cat(U32(15), Text(text));

    public static byte[] String(string text) => Cat(U32(14), Text(text));

    public static byte[] I128(Int128 value) =>
        Cat(U32(10), I64((long)(value >> 64)), I64(unchecked((long)(ulong)(value & ulong.MaxValue))));

    public static byte[] Bool(bool value) => Cat(U32(0), U32(value ? 1u : 0u));

    public static byte[] Vector(params byte[][] elements) => Cat(U32(16), U32(1), List(elements));

    /// <summary>A map of symbols.</summary>
    public static byte[] Map(params (string Key, byte[] Value)[] pairs) =>
        Cat(U32(17), U32(1), List([.. pairs.Select(pair => Cat(Symbol(pair.Key), pair.Value))]));

    /// <summary>The text that names an asset in events.</summary>
    public static byte[] AssetName(string code, byte issuer) => String(code + ":" + Xdr.StrKey.Encode(Xdr.StrKeyKind.Account, Key(issuer)));

    public static byte[] AccountAddress(byte account) => Cat(U32(0), AccountId(account));

    public static byte[] ContractAddress(byte[] contract) => Cat(U32(1), contract);

    public static byte[] AddressValue(byte[] address) => Cat(U32(18), address);

    public static byte[] Event(byte[] contract, byte[] data, params byte[][] topics) =>
        Cat(U32(0), U32(1), contract, U32(1), U32(0), List(topics), data);

    // Host functions and authorization.
    public static byte[] Call(byte[] contract, string function) => Cat(ContractAddress(contract), Text(function), List());

    public static byte[] InvokeHostFunction(byte[] function, byte[][]? authorization = null, byte[]? source = null) =>
        Operation(24, Cat(function, List(authorization ?? [])), source);

    public static byte[] Invocation(byte[] call, params byte[][] below) => Cat(U32(0), call, List(below));

    public static byte[] AddressCredentials(byte[] address) => Cat(U32(1), address, I64(1), U32(100), U32(1));

    public static byte[] FromAddress(byte[] address) => Cat(U32(0), address, Key(99));

    /// <summary>The id of a contract that an address makes, or of an asset's contract.</summary>
    public static byte[] ContractId(StellarNetwork network, byte[] preimage) =>
        SHA256.HashData(Cat(U32(8), network.Id.ToArray(), preimage));

    public static byte[] AssetContract(StellarNetwork network, byte[] asset) => ContractId(network, Cat(U32(1), asset));
}
