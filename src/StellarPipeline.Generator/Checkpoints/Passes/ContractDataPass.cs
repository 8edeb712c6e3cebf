namespace StellarPipeline.Generator.Checkpoints.Passes;

/// <summary>Writes all CONTRACT_DATA entries: the nonces of accounts, then those of each contract in the order of contract ids.</summary>
/// <remarks>
/// Ids of WASM contracts are generated in order. Ids of asset contracts are hashes; these contracts are sorted first and merged in.
/// </remarks>
internal sealed class ContractDataPass : IDisposable
{
    private readonly GeneratorContext context;
    private readonly ContractEmitter emitter;
    private readonly WasmContractPass wasm;
    private readonly SacContractPass sac;
    private readonly EdgeContractPass edge;

    public ContractDataPass(GeneratorContext context)
    {
        this.context = context;
        emitter = new ContractEmitter(context);
        wasm = new WasmContractPass(context, emitter);
        sac = new SacContractPass(context, emitter, wasm);
        edge = new EdgeContractPass(context, emitter);
    }

    /// <summary>Live entries that look like balances of asset contracts, without those of the native asset's contract.</summary>
    public long Balances => sac.Balances + edge.Balances;

    /// <summary>Contracts for which a row of contract_tokens is expected.</summary>
    public long Tokens => sac.Contracts + wasm.Instances + edge.Tokens;

    /// <summary>Live WASM instances whose code is live.</summary>
    public long InstancesWithCode => wasm.InstancesWithCode;

    public void Dispose() => wasm.Dispose();

    public void Run()
    {
        using NoncePass nonces = new(this.context, emitter);
        nonces.Run();
        List<(byte[] Id, Action<byte[]> Emit)> sorted = [.. sac.Plan(), .. edge.Plan()];
        sorted.Sort(static (left, right) => left.Id.AsSpan().SequenceCompareTo(right.Id));
        int next = 0;
        for (long slot = 0; slot < wasm.Slots.Total; slot++)
        {
            ReadOnlySpan<byte> id = wasm.Move(slot);
            for (; next < sorted.Count && id.SequenceCompareTo(sorted[next].Id) > 0; next++) sorted[next].Emit(sorted[next].Id);
            wasm.Emit();
        }

        for (; next < sorted.Count; next++) sorted[next].Emit(sorted[next].Id);
    }
}
