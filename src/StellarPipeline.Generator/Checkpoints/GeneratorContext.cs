using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Checkpoints;

/// <summary>Objects that all passes of one generation share.</summary>
internal sealed class GeneratorContext : IDisposable
{
    public GeneratorContext(GeneratorOptions options, RecordEmitter emitter)
    {
        Options = options;
        Emitter = emitter;
        NetworkId = DerivedIds.Network(options.Passphrase);
        Accounts = new AccountDirectory(options.Seed, options.Accounts, options.LivePerDead);
        Assets = new AssetTable(options.Seed, options.AssetCount, Accounts);
        Pools = new PoolTable(options.Seed, options.LiquidityPools, options.LivePerDead, Assets);
        Codes = new CodeTable(options.Seed, options.ContractCodes, options.LivePerDead);
        TimeToLive = new TimeToLiveKeys(options.Ttls ?? long.MaxValue);
    }

    public GeneratorOptions Options { get; }

    public RecordEmitter Emitter { get; }

    public byte[] NetworkId { get; }

    public AccountDirectory Accounts { get; }

    public AssetTable Assets { get; }

    public PoolTable Pools { get; }

    public CodeTable Codes { get; }

    public TimeToLiveKeys TimeToLive { get; }

    public void Dispose() => TimeToLive.Dispose();

    public ulong Hash(Domain domain, long index) => Entropy.Hash(Options.Seed, domain, (ulong)index);
}
