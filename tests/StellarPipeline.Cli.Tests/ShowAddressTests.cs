using StellarPipeline.TestSupport;
using StellarPipeline.Xdr;
using static StellarPipeline.Cli.Tests.ShowBench;

namespace StellarPipeline.Cli.Tests;

/// <summary>What show says of addresses that are not plain accounts, and of pool shares.</summary>
public sealed class ShowAddressTests
{
    [SkippableFact]
    public async Task Account_MuxedContract_IsExplainedAsAContract()
    {
        await using TestDatabase database = await CreateAsync(trustlines: 1);
        string muxed = StrKey.Encode(StrKeyKind.MuxedContract, [.. Key(3), 0, 0, 0, 0, 0, 0, 4, 210]);
        string[] lines = await TextAsync(database, "account", muxed, "--limit", "1");
        Assert.Equal($"Contract {Contract}", lines[0]);
        Assert.Equal($"    {muxed}", lines[2]);
        Assert.StartsWith("  with id 1234 of this contract", lines[3], StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(StrKeyKind.LiquidityPool, 0)]
    [InlineData(StrKeyKind.ClaimableBalance, 1)]
    public async Task Account_StrkeyOfAnotherKind_IsNamedAndRefused(StrKeyKind kind, int typeBytes)
    {
        await using TestDatabase database = await CreateAsync(trustlines: 1);
        CliResult result = await RunAsync(database, "account", StrKey.Encode(kind, [.. new byte[typeBytes], .. Key(1)]));
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains($"a strkey of kind {kind}", result.Error, StringComparison.Ordinal);
        Assert.Contains("an account (G…, M…) or a contract (C…, W…)", result.Error.ReplaceLineEndings(" "), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Account_PoolShares_AreShownWithTheAssetsOfTheirPools()
    {
        await using TestDatabase database = await CreateAsync(trustlines: 1);
        string known = new('a', 64), unknown = new('b', 64);
        await database.ExecuteAsync(
            $"INSERT INTO liquidity_pools VALUES ('{known}', 'native', 100, 'USDC:{Issuer}', 200, 4999); INSERT INTO "
                + $"liquidity_pool_balances VALUES ({Bytes(Rich)}, '{known}', 15000001, 4999), ({Bytes(Rich)}, '{unknown}', 7, 4999)");
        string text = string.Join('\n', await TextAsync(database, "account", Rich, "--list", "pools"));
        string flat = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains($"{known} 1.5000001 shares of native and USDC:{Issuer}", flat, StringComparison.Ordinal);
        Assert.Contains($"{unknown} 0.0000007 shares of a pool that the tables do not contain", flat, StringComparison.Ordinal);
    }
}
