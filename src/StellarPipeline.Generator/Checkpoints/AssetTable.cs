using System.Text;
using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Checkpoints;

/// <summary>The encoded credit assets of an archive in asset order; popular ones are picked far more often.</summary>
/// <remarks>About 60 bytes per asset. Every issuer is a live account.</remarks>
internal sealed class AssetTable
{
    private static readonly string[] PopularCodes =
        ["USDC", "AQUA", "yXLM", "EURC", "BTC", "ETH", "SHX", "VELO", "XRP", "yUSDC", "BLND", "EURMTL"];

    private readonly byte[][] encoded;
    private readonly int[] issuers;
    private readonly int[] indexOfRank;
    private readonly ZipfTable popularity;

    public AssetTable(ulong seed, int count, AccountDirectory accounts)
    {
        popularity = new ZipfTable(count);
        (byte[] Encoded, int Issuer, int Rank)[] assets = Invent(seed, count, accounts);
        // The encoded bytes sort like the assets: type, then code, then issuer, all of fixed length.
        Array.Sort(assets, static (left, right) => left.Encoded.AsSpan().SequenceCompareTo(right.Encoded));
        encoded = Array.ConvertAll(assets, static asset => asset.Encoded);
        issuers = Array.ConvertAll(assets, static asset => asset.Issuer);
        indexOfRank = new int[count];
        for (int index = 0; index < count; index++) indexOfRank[assets[index].Rank] = index;
    }

    public int Count => encoded.Length;

    public int IndexOfRank(int rank) => indexOfRank[rank];

    /// <summary>The encoded Asset, which is also the encoded TrustLineAsset.</summary>
    public byte[] Encoded(int index) => encoded[index];

    /// <summary>The issuer's index among the live accounts.</summary>
    public int Issuer(int index) => issuers[index];

    public ReadOnlySpan<byte> IssuerId(int index) => encoded[index].AsSpan(^32..);

    public string Code(int index) => Encoding.ASCII.GetString(encoded[index].AsSpan(4, encoded[index][3] == 1 ? 4 : 12)).TrimEnd('\0');

    public int PickPopular(ulong random) => indexOfRank[popularity.Pick(random)];

    public long ShareOfRank(int rank, long total) => popularity.Share(rank, total);

    private static (byte[] Encoded, int Issuer, int Rank)[] Invent(ulong seed, int count, AccountDirectory accounts)
    {
        var assets = new (byte[] Encoded, int Issuer, int Rank)[count];
        HashSet<(string Code, int Issuer)> taken = [];
        Span<byte> issuerId = stackalloc byte[32];
        for (int rank = 0; rank < count; rank++)
        {
            Entropy entropy = new(Entropy.Hash(seed, Domain.Asset, (ulong)rank));
            string code;
            int issuer;
            int attempt = 0;
            do
            {
                code = rank < PopularCodes.Length && attempt == 0
                    ? PopularCodes[rank]
                    : InventCode(ref entropy, atLeast: Math.Min(attempt, 6));
                issuer = entropy.Below(accounts.Live);
                attempt++;
            }
            while (!taken.Add((code, issuer)));
            accounts.WriteLiveId(issuer, issuerId);
            assets[rank] = (AssetXdr.Credit(code, issuerId), issuer, rank);
        }

        return assets;
    }

    private static string InventCode(ref Entropy entropy, int atLeast)
    {
        const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmnopqrstuvwxyz";
        int length = Math.Max(
            atLeast, entropy.Below(4) == 0 ? 5 + entropy.Below(8) : entropy.Below(8) == 0 ? 1 + entropy.Below(2) : 3 + entropy.Below(2));
        Span<char> code = stackalloc char[12];
        for (int index = 0; index < length; index++) code[index] = Alphabet[entropy.Below(entropy.Below(5) == 0 ? Alphabet.Length : 26)];
        return new string(code[..length]);
    }
}
