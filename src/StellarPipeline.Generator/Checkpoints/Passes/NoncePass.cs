using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Checkpoints.Passes;

/// <summary>
/// Writes the nonces of accounts: temporary contract data under an account's address, one negative and one positive per account.
/// </summary>
internal sealed class NoncePass : EntryPass, IDisposable
{
    private readonly GeneratorContext context;
    private readonly ContractEmitter emitter;
    private readonly ContractDataBuilder builder = new() { Persistent = false, Value = ScValueXdr.Void() };
    private readonly byte[] address = ScAddressXdr.Account(new byte[32]);
    private readonly XdrWriter key = new(16);

    public NoncePass(GeneratorContext context, ContractEmitter emitter)
    {
        this.context = context;
        this.emitter = emitter;
        builder.Contract = address;
    }

    public override EntryBuilder Builder => builder;

    public void Run()
    {
        const int IdOffset = 8;
        int nonces = this.context.Options.Nonces;
        long accounts = (nonces + 1) / 2;
        for (int nonce = 0; nonce < nonces; nonce++)
        {
            this.context.Accounts.WriteLiveId(nonce / 2 * (long)this.context.Accounts.Live / accounts, address.AsSpan(IdOffset, 32));
            ulong hash = this.context.Hash(Domain.Nonce, nonce);
            key.Clear();
            key.WriteInt32(21);
            key.WriteInt64((long)(hash >> 1) * (nonce % 2 == 0 ? -1 : 1));
            builder.StorageKey = key.WrittenMemory;
            this.emitter.Emit(this, hash, isDead: false);
        }
    }

    public void Dispose() => key.Dispose();

    public override void Fill(ref Entropy entropy, bool isNewest)
    {
    }
}
