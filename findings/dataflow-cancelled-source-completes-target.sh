#!/usr/bin/env bash
# System.Threading.Tasks.Dataflow 11.0.0 (NuGet), .NET 10.
#
# A block that is cancelled ends the block that it is linked to with Complete(), not with Fault(), although the link has PropagateCompletion:
# the target cannot tell a cancelled source from one that sent everything, and its Completion ends as RanToCompletion. A sink that commits
# "when its input is complete" commits a part. A faulted source behaves as one expects: the target faults.
#
# Second behaviour: of several sources linked to one target with PropagateCompletion, the first that ends completes the target. What the others
# still hold is declined. They are not told: their Completion waits for ever for somebody to take what they hold.
#
# Seen: see the expected lines at the end. Exits with 1 if a line differs.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
cat > finding.csproj <<'X'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings><Nullable>enable</Nullable></PropertyGroup>
  <ItemGroup><PackageReference Include="System.Threading.Tasks.Dataflow" Version="11.0.0" /></ItemGroup>
</Project>
X
cat > Program.cs <<'X'
using System.Threading.Tasks.Dataflow;

var propagate = new DataflowLinkOptions { PropagateCompletion = true };
Console.WriteLine("assembly " + typeof(ActionBlock<int>).Assembly.GetName().Version);

// One source that is cancelled after three of ten items have arrived.
{
    using var stop = new CancellationTokenSource();
    int taken = 0;
    var arrived = new TaskCompletionSource();
    var source = new BufferBlock<int>(new DataflowBlockOptions { CancellationToken = stop.Token });
    var gate = new SemaphoreSlim(3);
    var sink = new ActionBlock<int>(
        async _ => { await gate.WaitAsync(); if (++taken == 3) arrived.SetResult(); },
        new ExecutionDataflowBlockOptions { BoundedCapacity = 1 });
    source.LinkTo(sink, propagate);
    for (int i = 0; i < 10; i++) source.Post(i);
    source.Complete();
    await arrived.Task;
    stop.Cancel();
    gate.Release(10);
    await sink.Completion;
    Console.WriteLine($"cancelled source: {source.Completion.Status}, its target: {sink.Completion.Status}, all ten arrived: {taken == 10}");
}

// The same with a source that fails: the target is told.
{
    var source = new TransformBlock<int, int>(i => i < 3 ? i : throw new InvalidOperationException("bad"));
    var sink = new ActionBlock<int>(_ => { });
    source.LinkTo(sink, propagate);
    for (int i = 0; i < 10; i++) source.Post(i);
    source.Complete();
    try { await sink.Completion; } catch { }
    Console.WriteLine($"failed source: {source.Completion.Status}, its target: {sink.Completion.Status}");
}

// Two sources, one target: the first to end completes it.
{
    int taken = 0;
    var sink = new ActionBlock<int>(_ => taken++);
    var empty = new BufferBlock<int>();
    var full = new BufferBlock<int>();
    empty.LinkTo(sink, propagate);
    full.LinkTo(sink, propagate);
    empty.Complete();
    await sink.Completion;
    for (int i = 0; i < 10; i++) full.Post(i);
    full.Complete();
    bool ended = await Task.WhenAny(full.Completion, Task.Delay(2000)) == full.Completion;
    Console.WriteLine($"two sources: target {sink.Completion.Status} with {taken} of 10 items, second source ended: {ended}, it still holds {full.Count}");
}
X
dotnet run -c Release 2>&1 | tee actual
cat > expected <<'X'
assembly 11.0.0.0
cancelled source: Canceled, its target: RanToCompletion, all ten arrived: False
failed source: Faulted, its target: Faulted
two sources: target RanToCompletion with 0 of 10 items, second source ended: False, it still holds 10
X
diff expected actual && echo "as described"
