<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN">
    <context>
        <name>BestCard</name>
        <message>
            <source>Best choice</source>
            <translation>最佳选择</translation>
        </message>
        <message>
            <source>Best choice for {0}</source>
            <translation>{0} 的最佳选择</translation>
        </message>
        <message>
            <source>Weights of the combination</source>
            <translation>组合的权重</translation>
        </message>
        <message>
            <source>no longer in the catalogue</source>
            <translation>已不在目录中</translation>
        </message>
        <message>
            <source>Show this model</source>
            <translation>查看此模型</translation>
        </message>
    </context>
    <context>
        <name>DetailPanel</name>
        <message>
            <source>The chosen model</source>
            <translation>所选模型</translation>
        </message>
        <message>
            <source>Choose a model to see more about it.</source>
            <translation>选择一个模型以查看详情。</translation>
        </message>
    </context>
    <context>
        <name>Format</name>
        <message>
            <source>d MMM yyyy</source>
            <translation>yyyy年M月d日</translation>
        </message>
        <message>
            <source>{0}, {1}</source>
            <translation>{0} {1}</translation>
        </message>
        <message>
            <source>under 0.1 s</source>
            <translation>不到 0.1 秒</translation>
        </message>
        <message>
            <source>{0} s</source>
            <translation>{0} 秒</translation>
        </message>
        <message>
            <source> </source>
            <translation>​</translation>
        </message>
        <message>
            <source>, </source>
            <translation>、</translation>
        </message>
    </context>
    <context>
        <name>MapView</name>
        <message>
            <source>Map</source>
            <translation>地图</translation>
        </message>
        <message>
            <source>Island</source>
            <translation>岛屿</translation>
        </message>
        <message>
            <source>Data to place on the map</source>
            <translation>放到地图上的数据</translation>
        </message>
        <message>
            <source>Map of the island</source>
            <translation>岛屿地图</translation>
        </message>
        <message>
            <source>Your data</source>
            <translation>您的数据</translation>
        </message>
        <message>
            <source>Models on the map</source>
            <translation>地图上的模型</translation>
        </message>
        <message>
            <source>There is nothing to draw yet</source>
            <translation>还没有可绘制的内容</translation>
        </message>
        <message>
            <source>Models appear here as they appear in the market.</source>
            <translation>市场中出现模型后，这里也会显示。</translation>
        </message>
        <message>
            <source>Every model lies near those whose data are like its own. Your data are placed on this computer; nothing is sent.</source>
            <translation>数据相近的模型彼此靠近。您的数据只在本机上定位，不外发任何内容。</translation>
        </message>
        <message>
            <source>Model</source>
            <translation>模型</translation>
        </message>
        <message>
            <source>Organisation</source>
            <translation>机构</translation>
        </message>
        <message>
            <source>From yours</source>
            <translation>与您的距离</translation>
        </message>
        <message>
            <source>a partner's model</source>
            <translation>伙伴的模型</translation>
        </message>
        <message>
            <source>your own model</source>
            <translation>您自己的模型</translation>
        </message>
        <message>
            <source>your data</source>
            <translation>您的数据</translation>
        </message>
        <message>
            <source>Island: {0} ({1})</source>
            <translation>岛屿：{0}（{1}）</translation>
        </message>
        <message>
            <source>Your data: none</source>
            <translation>您的数据：无</translation>
        </message>
        <message>
            <source>Your data: {0}</source>
            <translation>您的数据：{0}</translation>
        </message>
        <message numerus="yes">
            <source>%n more the same to you</source>
            <translation>
                <numerusform>另有 %n 个与之相同</numerusform>
            </translation>
        </message>
        <message>
            <source>On the map, in units of MMD; a search computes the exact distance.</source>
            <translation>地图上的距离，以 MMD 为单位；精确距离由搜索计算。</translation>
        </message>
        <message>
            <source>The map shows {0} of the differences.</source>
            <translation>地图显示了 {0} 的差异。</translation>
        </message>
        <message>
            <source>For {0} of the models the nearest one is among the five nearest on it.</source>
            <translation>对 {0} 的模型而言，最相近的模型在地图上位于最近的五个之中。</translation>
        </message>
        <message>
            <source>It turns a little each time, until it shows what is new.</source>
            <translation>地图每次稍作转动，直到显示出新的内容。</translation>
        </message>
    </context>
    <context>
        <name>Market</name>
        <message>
            <source>{0} from {1}.</source>
            <translation>{1}的“{0}”。</translation>
        </message>
        <message>
            <source>It matches your data to {0}.</source>
            <translation>与您的数据匹配度为 {0}。</translation>
        </message>
        <message>
            <source>It covers {0} of your rows.</source>
            <translation>覆盖您 {0} 的行。</translation>
        </message>
        <message numerus="yes">
            <source>Combine %n model(s).</source>
            <translation>
                <numerusform>组合 %n 个模型。</numerusform>
            </translation>
        </message>
        <message>
            <source>Together they cover {0} of your rows, the best single model {1}.</source>
            <translation>合起来覆盖您 {0} 的行，最佳单个模型覆盖 {1}。</translation>
        </message>
        <message>
            <source>Together they cover {0} of your rows.</source>
            <translation>合起来覆盖您 {0} 的行。</translation>
        </message>
        <message>
            <source>Nobody covers {0} of your {1} rows.</source>
            <translation>您的 {1} 行中有 {0} 无人覆盖。</translation>
        </message>
        <message>
            <source>Fits my data</source>
            <translation>适合我的数据</translation>
        </message>
        <message>
            <source>Verified</source>
            <translation>已验证</translation>
        </message>
        <message>
            <source>Private sketch</source>
            <translation>隐私概要</translation>
        </message>
        <message numerus="yes">
            <source>%n model(s) compared</source>
            <translation>
                <numerusform>已比较 %n 个模型</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n model(s)</source>
            <translation>
                <numerusform>%n 个模型</numerusform>
            </translation>
        </message>
        <message>
            <source>{0} of {1} models</source>
            <translation>{1} 个模型中的 {0} 个</translation>
        </message>
        <message numerus="yes">
            <source>%n more announced, files not here yet</source>
            <translation>
                <numerusform>另有 %n 个已公布，文件尚未到达</numerusform>
            </translation>
        </message>
        <message>
            <source>match</source>
            <translation>匹配度</translation>
        </message>
        <message>
            <source>covers {0}</source>
            <translation>覆盖 {0}</translation>
        </message>
        <message>
            <source>of your rows</source>
            <translation>的行被覆盖</translation>
        </message>
        <message>
            <source>Match between {0} and {1} (90 % interval).</source>
            <translation>匹配度在 {0} 与 {1} 之间（90 % 区间）。</translation>
        </message>
        <message>
            <source>Distance {0} (MMD); rows of the same source would be about {1} away.</source>
            <translation>距离 {0}（MMD）；同一来源的行约相距 {1}。</translation>
        </message>
        <message>
            <source>.</source>
            <translation>。</translation>
        </message>
        <message>
            <source>Compared with your rows</source>
            <translation>与您的行比较</translation>
        </message>
        <message>
            <source>Meant for</source>
            <translation>用途</translation>
        </message>
        <message>
            <source>Not for</source>
            <translation>不用于</translation>
        </message>
        <message>
            <source>Data from</source>
            <translation>数据时间</translation>
        </message>
        <message>
            <source>Tags</source>
            <translation>标签</translation>
        </message>
        <message>
            <source>What it is for</source>
            <translation>适用范围</translation>
        </message>
        <message>
            <source>{0} to {1}</source>
            <translation>{0} 至 {1}</translation>
        </message>
        <message>
            <source>On rows that were held out; 95 % intervals. As its publisher states them.</source>
            <translation>在留出的行上测得，95 % 区间；数据由发布者提供。</translation>
        </message>
        <message>
            <source>How good it is</source>
            <translation>效果如何</translation>
        </message>
        <message>
            <source>number</source>
            <translation>数值</translation>
        </message>
        <message numerus="yes">
            <source>Needs %n column(s)</source>
            <translation>
                <numerusform>需要 %n 列</numerusform>
            </translation>
        </message>
        <message>
            <source>It predicts: {0}</source>
            <translation>预测：{0}</translation>
        </message>
        <message>
            <source>Privacy of its data</source>
            <translation>其数据的隐私</translation>
        </message>
        <message>
            <source>Key</source>
            <translation>密钥</translation>
        </message>
        <message>
            <source>Trust</source>
            <translation>信任</translation>
        </message>
        <message>
            <source>Made</source>
            <translation>制作日期</translation>
        </message>
        <message>
            <source>Rows</source>
            <translation>行数</translation>
        </message>
        <message>
            <source>Files</source>
            <translation>文件</translation>
        </message>
        <message>
            <source>Id</source>
            <translation>编号</translation>
        </message>
        <message>
            <source>Field</source>
            <translation>领域</translation>
        </message>
        <message>
            <source>Licence</source>
            <translation>许可证</translation>
        </message>
        <message>
            <source>Kind</source>
            <translation>类型</translation>
        </message>
        <message>
            <source>Copy the id</source>
            <translation>复制编号</translation>
        </message>
        <message>
            <source>Publisher and files</source>
            <translation>发布者与文件</translation>
        </message>
        <message>
            <source>Without a name</source>
            <translation>未命名</translation>
        </message>
        <message numerus="yes">
            <source>%n column(s)</source>
            <translation>
                <numerusform>%n 列</numerusform>
            </translation>
        </message>
        <message>
            <source>match {0}</source>
            <translation>匹配度 {0}</translation>
        </message>
        <message>
            <source>{0} of {1}</source>
            <translation>{1} 中的第 {0} 个</translation>
        </message>
        <message>
            <source>Show what is the same</source>
            <translation>列出相同的模型</translation>
        </message>
        <message numerus="yes">
            <source>%n more the same to you</source>
            <translation>
                <numerusform>另有 %n 个与之相同</numerusform>
            </translation>
        </message>
        <message>
            <source>Same as another</source>
            <translation>与另一模型相同</translation>
        </message>
        <message>
            <source>It stands under the model {0}.</source>
            <translation>它归在模型 {0} 之下。</translation>
        </message>
        <message>
            <source>The same to you as another model</source>
            <translation>对您而言与另一模型相同</translation>
        </message>
        <message>
            <source>The same to you</source>
            <translation>对您而言相同的模型</translation>
        </message>
        <message numerus="yes">
            <source>%n more of {0} follow(s) after the others.</source>
            <translation>
                <numerusform>{0} 的另外 %n 个模型列在其他机构之后。</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>MarketView</name>
        <message>
            <source>Find a model that fits your data. The search runs on this computer and sends nothing.</source>
            <translation>寻找适合您数据的模型。搜索在本机进行，不外发任何内容。</translation>
        </message>
        <message>
            <source>Close</source>
            <translation>关闭</translation>
        </message>
        <message>
            <source>Market</source>
            <translation>市场</translation>
        </message>
        <message>
            <source>No model says {0}</source>
            <translation>没有模型提到 {0}</translation>
        </message>
        <message>
            <source>These say a similar word: {0}</source>
            <translation>以下模型含有拼写相近的词：{0}</translation>
        </message>
        <message>
            <source>Models on offer</source>
            <translation>可用模型</translation>
        </message>
        <message>
            <source>Clear words and filters</source>
            <translation>清除词语和筛选</translation>
        </message>
        <message>
            <source>No model here is called that</source>
            <translation>这里没有这样的模型</translation>
        </message>
        <message>
            <source>Try fewer words or filters.</source>
            <translation>请减少词语或筛选条件。</translation>
        </message>
        <message>
            <source>Look again</source>
            <translation>再看一次</translation>
        </message>
        <message>
            <source>Models appear here when you publish one, import one from a file, or join a hub and your partners publish theirs.</source>
            <translation>当您发布模型、从文件导入模型，或加入枢纽且伙伴机构发布模型后，模型会出现在这里。</translation>
        </message>
        <message>
            <source>The catalogue is empty</source>
            <translation>目录为空</translation>
        </message>
    </context>
    <context>
        <name>NothingView</name>
        <message>
            <source>What you can do</source>
            <translation>您可以做什么</translation>
        </message>
        <message>
            <source>What nobody covers</source>
            <translation>无人覆盖的部分</translation>
        </message>
        <message>
            <source>Result of the search</source>
            <translation>搜索结果</translation>
        </message>
        <message>
            <source>Choose a file…</source>
            <translation>选择文件…</translation>
        </message>
        <message>
            <source>Show all models</source>
            <translation>显示全部模型</translation>
        </message>
        <message>
            <source>Match with other rows</source>
            <translation>换一些行来匹配</translation>
        </message>
        <message>
            <source>Another table, or a part of this one.</source>
            <translation>另一张表，或本表的一部分。</translation>
        </message>
        <message>
            <source>Copy the command</source>
            <translation>复制命令</translation>
        </message>
        <message numerus="yes">
            <source>Train on your own %n row(s)</source>
            <translation>
                <numerusform>用您自己的 %n 行训练</numerusform>
            </translation>
        </message>
        <message>
            <source>In a terminal: {0}</source>
            <translation>在终端中：{0}</translation>
        </message>
        <message>
            <source>Look at the whole list</source>
            <translation>查看完整列表</translation>
        </message>
        <message>
            <source>By words, without your rows.</source>
            <translation>按词语查找，不使用您的行。</translation>
        </message>
        <message numerus="yes">
            <source>of your %n row(s)</source>
            <translation>
                <numerusform>（共 %n 行）</numerusform>
            </translation>
        </message>
        <message>
            <source>Share that nobody covers</source>
            <translation>无人覆盖的比例</translation>
        </message>
        <message>
            <source>A gap shows where a new model is worth most. Only you see this.</source>
            <translation>空白之处最需要新模型。只有您能看到。</translation>
        </message>
        <message>
            <source>It cannot be told which rows are covered.</source>
            <translation>无法判断哪些行被覆盖。</translation>
        </message>
        <message>
            <source>Not compared</source>
            <translation>未比较</translation>
        </message>
        <message numerus="yes">
            <source>%n model(s): {0}</source>
            <translation>
                <numerusform>%n 个模型：{0}</numerusform>
            </translation>
        </message>
        <message>
            <source>✓ as near as rows of the same source</source>
            <translation>✓ 与同一来源的行一样近</translation>
        </message>
        <message>
            <source>further away</source>
            <translation>更远</translation>
        </message>
        <message>
            <source>Distances</source>
            <translation>距离</translation>
        </message>
        <message>
            <source>Nearest, not recommended</source>
            <translation>最接近，但不推荐</translation>
        </message>
        <message>
            <source>Organisation</source>
            <translation>机构</translation>
        </message>
        <message>
            <source>Distance</source>
            <translation>距离</translation>
        </message>
        <message>
            <source>Covers</source>
            <translation>覆盖</translation>
        </message>
        <message>
            <source>Why not</source>
            <translation>原因</translation>
        </message>
        <message>
            <source>Too little data to tell</source>
            <translation>数据太少，无法判断</translation>
        </message>
        <message>
            <source>Nothing fits your data</source>
            <translation>没有适合您数据的模型</translation>
        </message>
        <message numerus="yes">
            <source>%n model(s) compared with {0}.</source>
            <translation>
                <numerusform>已将 %n 个模型与 {0} 比较。</numerusform>
            </translation>
        </message>
        <message>
            <source>Using the nearest would be a guess.</source>
            <translation>用最接近的只是猜测。</translation>
        </message>
        <message>
            <source>distance to your rows (MMD); rows of the same source would be at most {0} away</source>
            <translation>与您的行的距离（MMD）；同一来源的行最多相距 {0}</translation>
        </message>
    </context>
    <context>
        <name>Offline</name>
        <message>
            <source>My organisation</source>
            <translation>我的机构</translation>
        </message>
    </context>
    <context>
        <name>OfflineView</name>
        <message>
            <source>Copy</source>
            <translation>复制</translation>
        </message>
        <message>
            <source>This window looks again every few seconds by itself.</source>
            <translation>本窗口每隔几秒会自动重试。</translation>
        </message>
        <message>
            <source>Try again</source>
            <translation>重试</translation>
        </message>
        <message>
            <source>Connecting to your node…</source>
            <translation>正在连接您的节点…</translation>
        </message>
        <message>
            <source>Your node is not running</source>
            <translation>您的节点未在运行</translation>
        </message>
        <message>
            <source>Your node does not answer</source>
            <translation>您的节点没有响应</translation>
        </message>
        <message>
            <source>This window shows what your node knows. Start the node in a terminal:</source>
            <translation>本窗口显示节点所知的内容。请在终端中启动节点：</translation>
        </message>
        <message>
            <source>There is no node here yet</source>
            <translation>这里还没有节点</translation>
        </message>
        <message>
            <source>Make one in a terminal; it creates your organisation's key on this computer:</source>
            <translation>请在终端中创建；机构的密钥将在本机生成：</translation>
        </message>
    </context>
    <context>
        <name>Outbox</name>
        <message>
            <source>file</source>
            <translation>文件</translation>
        </message>
        <message>
            <source>manifest</source>
            <translation>清单</translation>
        </message>
        <message>
            <source>island profile</source>
            <translation>岛屿档案</translation>
        </message>
        <message>
            <source>withdrawal</source>
            <translation>撤回</translation>
        </message>
        <message>
            <source>public keys</source>
            <translation>公钥</translation>
        </message>
    </context>
    <context>
        <name>OutboxView</name>
        <message>
            <source>Check again</source>
            <translation>重新检查</translation>
        </message>
        <message>
            <source>Raw rows</source>
            <translation>原始行</translation>
        </message>
        <message>
            <source>Left in all</source>
            <translation>外发总量</translation>
        </message>
        <message>
            <source>Sent on the wire, polls included</source>
            <translation>网络发送总量（含轮询）</translation>
        </message>
        <message>
            <source>When</source>
            <translation>时间</translation>
        </message>
        <message>
            <source>What</source>
            <translation>内容</translation>
        </message>
        <message>
            <source>To</source>
            <translation>接收方</translation>
        </message>
        <message>
            <source>Size</source>
            <translation>大小</translation>
        </message>
        <message>
            <source>Everything that has left</source>
            <translation>外发的一切</translation>
        </message>
        <message>
            <source>The chosen entry</source>
            <translation>所选记录</translation>
        </message>
        <message>
            <source>Everything that has left this node, in order. Entries cannot be changed or removed.</source>
            <translation>按顺序列出离开本节点的一切内容。记录不可更改或删除。</translation>
        </message>
        <message>
            <source>Outbox</source>
            <translation>外发记录</translation>
        </message>
        <message numerus="yes">
            <source>Unbroken: all %n entry(s) verified</source>
            <translation>
                <numerusform>链条完整：%n 条记录全部通过验证</numerusform>
            </translation>
        </message>
        <message>
            <source>Broken at entry {0}</source>
            <translation>第 {0} 条处断裂</translation>
        </message>
        <message>
            <source>From there on nothing is proven. Restore a backup, and ask who changed it.</source>
            <translation>自此以后无法证明。请恢复备份，并查明是谁更改的。</translation>
        </message>
        <message>
            <source>cannot be proven</source>
            <translation>无法证明</translation>
        </message>
        <message>
            <source>The outbox could not be checked</source>
            <translation>无法检查外发记录</translation>
        </message>
        <message>
            <source>Nothing has left yet.</source>
            <translation>尚未外发任何内容。</translation>
        </message>
        <message>
            <source>Entry</source>
            <translation>记录</translation>
        </message>
        <message>
            <source>Sent</source>
            <translation>发送时间</translation>
        </message>
        <message>
            <source>Kind</source>
            <translation>种类</translation>
        </message>
        <message>
            <source>{0} bytes</source>
            <translation>{0} 字节</translation>
        </message>
        <message>
            <source>By</source>
            <translation>操作者</translation>
        </message>
        <message>
            <source>Model</source>
            <translation>模型</translation>
        </message>
    </context>
    <context>
        <name>PartnersView</name>
        <message>
            <source>My key</source>
            <translation>我的密钥</translation>
        </message>
        <message>
            <source>Organisation</source>
            <translation>机构</translation>
        </message>
        <message>
            <source>Trust</source>
            <translation>信任</translation>
        </message>
        <message>
            <source>Key</source>
            <translation>密钥</translation>
        </message>
        <message>
            <source>Models</source>
            <translation>模型数</translation>
        </message>
        <message>
            <source>Known since</source>
            <translation>认识日期</translation>
        </message>
        <message>
            <source>Partners</source>
            <translation>伙伴机构</translation>
        </message>
        <message>
            <source>No partners yet. They appear when you join a hub or import a model.</source>
            <translation>还没有伙伴机构。加入枢纽或导入模型后会出现在这里。</translation>
        </message>
        <message>
            <source>Organisations whose keys this node holds. Compare fingerprints by telephone before you rely on one.</source>
            <translation>本节点持有其公钥的机构。信赖之前，请通过电话核对指纹。</translation>
        </message>
        <message numerus="yes">
            <source>%n partner(s)</source>
            <translation>
                <numerusform>%n 家伙伴机构</numerusform>
            </translation>
        </message>
        <message>
            <source>Fingerprint of my key: {0}</source>
            <translation>我的密钥指纹：{0}</translation>
        </message>
        <message>
            <source>Safe to show and to read aloud: it stands for your public key and holds no secret.</source>
            <translation>可放心出示和朗读：它代表您的公钥，不含任何秘密。</translation>
        </message>
        <message>
            <source>Copy</source>
            <translation>复制</translation>
        </message>
    </context>
    <context>
        <name>Reasons</name>
        <message>
            <source>far away</source>
            <translation>相距太远</translation>
        </message>
        <message>
            <source>single columns only</source>
            <translation>仅个别列相似</translation>
        </message>
        <message>
            <source>sketch too coarse</source>
            <translation>概要太粗略</translation>
        </message>
        <message>
            <source>sketch covers anything</source>
            <translation>概要覆盖一切</translation>
        </message>
        <message>
            <source>too few rows</source>
            <translation>行数太少</translation>
        </message>
        <message>
            <source>not alike together</source>
            <translation>整体不相似</translation>
        </message>
        <message>
            <source>Its data look like yours, and the columns hang together in the same way.</source>
            <translation>其数据与您的相似，各列之间的关联也一致。</translation>
        </message>
        <message>
            <source>Its data look like yours; there is only one column to compare.</source>
            <translation>其数据与您的相似；只有一列可供比较。</translation>
        </message>
        <message>
            <source>Its data look like yours, column by column. Whether the columns hang together in the same way could not be checked.</source>
            <translation>逐列来看，其数据与您的相似。各列之间的关联是否一致无法检验。</translation>
        </message>
        <message>
            <source>Your columns hang together as in its data. Both are near the public average, so there is no number for how well it fits.</source>
            <translation>您各列之间的关联与其数据一致。两者都接近公共平均，因此没有表示适合程度的数字。</translation>
        </message>
        <message>
            <source>Column by column its data look like yours, but the columns do not hang together in the same way.</source>
            <translation>逐列来看其数据与您的相似，但各列之间的关联不一致。</translation>
        </message>
        <message>
            <source>Its data look like a part of your rows.</source>
            <translation>其数据与您的一部分行相似。</translation>
        </message>
        <message>
            <source>Its data look like a part of your rows. Whether the columns hang together in the same way could not be checked.</source>
            <translation>其数据与您的一部分行相似。各列之间的关联是否一致无法检验。</translation>
        </message>
        <message>
            <source>Its data are far from your rows.</source>
            <translation>其数据与您的行相距太远。</translation>
        </message>
        <message>
            <source>At most single columns look alike; taken together, its data are different.</source>
            <translation>至多个别列相似；整体来看，其数据不同。</translation>
        </message>
        <message>
            <source>Its sketch is too coarse to tell: few rows are behind it, or much noise protects them.</source>
            <translation>其概要太粗略，无法判断：背后的行太少，或保护它们的噪声太大。</translation>
        </message>
        <message>
            <source>Its sketch would cover almost any table, so it says little about yours.</source>
            <translation>其概要几乎能覆盖任何表，因此说明不了您的数据。</translation>
        </message>
        <message>
            <source>You have too few rows to tell.</source>
            <translation>您的行数太少，无法判断。</translation>
        </message>
        <message>
            <source>Together they look like your data: each of them knows a part of your rows.</source>
            <translation>合起来与您的数据相似：各自了解您的一部分行。</translation>
        </message>
        <message>
            <source>Together they look like your data, column by column. Whether the columns hang together in the same way could not be checked.</source>
            <translation>逐列来看，合起来与您的数据相似。各列之间的关联是否一致无法检验。</translation>
        </message>
        <message>
            <source>Together they may be like your data, but they are near the public average, so there is no number for how well they fit.</source>
            <translation>合起来可能与您的数据相似，但都接近公共平均，因此没有表示适合程度的数字。</translation>
        </message>
        <message>
            <source>Together they look like your data column by column, but the columns do not hang together in the same way.</source>
            <translation>逐列来看，合起来与您的数据相似，但各列之间的关联不一致。</translation>
        </message>
        <message>
            <source>Together they look like a part of your rows.</source>
            <translation>合起来与您的一部分行相似。</translation>
        </message>
        <message>
            <source>There is nothing to compare your rows with yet.</source>
            <translation>目前还没有可与您的行比较的模型。</translation>
        </message>
        <message>
            <source>None of the models on offer can be compared with your columns.</source>
            <translation>现有模型都无法与您的列比较。</translation>
        </message>
        <message>
            <source>None of the models on offer was trained on data like yours.</source>
            <translation>现有模型都不是用与您相似的数据训练的。</translation>
        </message>
        <message>
            <source>On the columns that you share its data look like yours; its others could not be compared.</source>
            <translation>在双方共有的列上，其数据与您的相似；其余的列无法比较。</translation>
        </message>
        <message>
            <source>On the columns that you share its data look like yours, one by one. Whether they hang together could not be checked.</source>
            <translation>在双方共有的列上，逐列来看其数据与您的相似；各列之间的关联是否一致，无法检验。</translation>
        </message>
        <message>
            <source>On the columns that you share its data look like a part of your rows; its others could not be compared.</source>
            <translation>在双方共有的列上，其数据与您的一部分行相似；其余的列无法比较。</translation>
        </message>
        <message>
            <source>It needs columns that you do not have.</source>
            <translation>需要您没有的列。</translation>
        </message>
        <message>
            <source>A column of that name holds another kind of values.</source>
            <translation>同名的列存放的是另一类值。</translation>
        </message>
        <message>
            <source>A column of that name is in another unit.</source>
            <translation>同名的列使用另一种单位。</translation>
        </message>
        <message>
            <source>It is made for another kind of data.</source>
            <translation>用于另一类数据。</translation>
        </message>
    </context>
    <context>
        <name>SafetyBadge</name>
        <message>
            <source>Computed from the outbox. Opens it.</source>
            <translation>由外发记录计算。点击打开。</translation>
        </message>
        <message>
            <source>Outbox broken at {0}</source>
            <translation>外发记录在 {0} 处断裂</translation>
        </message>
        <message>
            <source>Look at the outbox</source>
            <translation>请查看外发记录</translation>
        </message>
        <message>
            <source>Raw data sent: 0 bytes</source>
            <translation>已外发原始数据：0 字节</translation>
        </message>
    </context>
    <context>
        <name>SearchBar</name>
        <message>
            <source>Search models, publishers, tasks…</source>
            <translation>搜索模型、发布者、任务…</translation>
        </message>
        <message>
            <source>Search the market</source>
            <translation>搜索市场</translation>
        </message>
        <message>
            <source>Data to match with</source>
            <translation>用于匹配的数据</translation>
        </message>
        <message>
            <source>Search</source>
            <translation>搜索</translation>
        </message>
        <message>
            <source>Stop</source>
            <translation>停止</translation>
        </message>
        <message>
            <source>Match with: words only</source>
            <translation>匹配：仅词语</translation>
        </message>
        <message>
            <source>Match with: {0}</source>
            <translation>匹配数据：{0}</translation>
        </message>
        <message>
            <source>Choose a file…</source>
            <translation>选择文件…</translation>
        </message>
        <message>
            <source>Tables</source>
            <translation>表格</translation>
        </message>
        <message>
            <source>Choose a table to match with</source>
            <translation>选择用于匹配的表格</translation>
        </message>
    </context>
    <context>
        <name>Shell</name>
        <message>
            <source>Market</source>
            <translation>市场</translation>
        </message>
        <message>
            <source>Partners</source>
            <translation>伙伴机构</translation>
        </message>
        <message>
            <source>Outbox</source>
            <translation>外发记录</translation>
        </message>
        <message>
            <source>Map</source>
            <translation>地图</translation>
        </message>
    </context>
    <context>
        <name>SideBar</name>
        <message>
            <source>Screens</source>
            <translation>页面</translation>
        </message>
    </context>
    <context>
        <name>StatusLine</name>
        <message>
            <source>Progress</source>
            <translation>进度</translation>
        </message>
        <message>
            <source>Not connected to your node</source>
            <translation>未连接到您的节点</translation>
        </message>
        <message>
            <source>No hub joined</source>
            <translation>未加入枢纽</translation>
        </message>
        <message numerus="yes">
            <source>Connected to %n hub(s)</source>
            <translation>
                <numerusform>已连接 %n 个枢纽</numerusform>
            </translation>
        </message>
        <message>
            <source>Connected to {0} of {1} hubs</source>
            <translation>已连接 {0}/{1} 个枢纽</translation>
        </message>
        <message>
            <source>Node key {0}</source>
            <translation>节点密钥 {0}</translation>
        </message>
    </context>
    <context>
        <name>Words</name>
        <message>
            <source>Yours</source>
            <translation>您的</translation>
        </message>
        <message>
            <source>Verified</source>
            <translation>已验证</translation>
        </message>
        <message>
            <source>Introduced</source>
            <translation>经引荐</translation>
        </message>
        <message>
            <source>Blocked</source>
            <translation>已屏蔽</translation>
        </message>
        <message>
            <source>Unknown</source>
            <translation>未知</translation>
        </message>
        <message>
            <source>You published it.</source>
            <translation>由您发布。</translation>
        </message>
        <message>
            <source>Somebody here compared the publisher's fingerprint.</source>
            <translation>本机构已有人核对过发布者的指纹。</translation>
        </message>
        <message>
            <source>A hub or a file introduced the publisher; nobody here compared the fingerprint yet.</source>
            <translation>发布者由枢纽或文件引荐；本机构尚无人核对其指纹。</translation>
        </message>
        <message>
            <source>Somebody here blocked the publisher.</source>
            <translation>本机构已屏蔽该发布者。</translation>
        </message>
        <message>
            <source>The publisher's keys are not known here.</source>
            <translation>本节点没有该发布者的公钥。</translation>
        </message>
        <message>
            <source>fits</source>
            <translation>适合</translation>
        </message>
        <message>
            <source>fits partly</source>
            <translation>部分适合</translation>
        </message>
        <message>
            <source>too little data</source>
            <translation>数据太少</translation>
        </message>
        <message>
            <source>does not fit</source>
            <translation>不适合</translation>
        </message>
        <message>
            <source>The columns hang together alike</source>
            <translation>各列之间的关联一致</translation>
        </message>
        <message>
            <source>The columns do not hang together alike</source>
            <translation>各列之间的关联不一致</translation>
        </message>
        <message>
            <source>Whether the columns hang together alike could not be checked</source>
            <translation>各列之间的关联是否一致无法检验</translation>
        </message>
        <message>
            <source>no privacy noise</source>
            <translation>无隐私噪声</translation>
        </message>
        <message>
            <source>public data</source>
            <translation>公开数据</translation>
        </message>
        <message>
            <source>made elsewhere</source>
            <translation>外部生成</translation>
        </message>
        <message>
            <source>privacy not known</source>
            <translation>隐私未知</translation>
        </message>
        <message>
            <source>Of two people, one in its data and one not, even an attacker who knows all the rest picks the right one at most {0} times in 100. A coin gets 50.</source>
            <translation>两个人中只有一人在其数据内。即使攻击者掌握其余一切，100 次中最多只能猜对 {0} 次；抛硬币能猜对 50 次。</translation>
        </message>
        <message>
            <source>Its sketch was made without noise: there is no guarantee for the people in its data.</source>
            <translation>其概要未加噪声：对数据中的人没有保证。</translation>
        </message>
        <message>
            <source>Its publisher calls the data public; the sketch protects nobody.</source>
            <translation>发布者称数据是公开的；概要不保护任何人。</translation>
        </message>
        <message>
            <source>Its sketch comes from another program: there is no guarantee, and it may repeat rows of its data.</source>
            <translation>其概要来自其他程序：没有任何保证，并且可能包含其数据中的原始行。</translation>
        </message>
        <message>
            <source>Nothing is known about the privacy of its sketch.</source>
            <translation>其概要的隐私情况未知。</translation>
        </message>
        <message>
            <source>For the sketch, not for the model: ε = {0}, δ = {1}.</source>
            <translation>针对概要而非模型：ε = {0}，δ = {1}。</translation>
        </message>
        <message>
            <source>lower is better</source>
            <translation>越低越好</translation>
        </message>
        <message>
            <source>guessing gets 0.5</source>
            <translation>瞎猜为 0.5</translation>
        </message>
        <message>
            <source>accuracy</source>
            <translation>准确率</translation>
        </message>
        <message>
            <source>log loss</source>
            <translation>对数损失</translation>
        </message>
        <message>
            <source>RMSE, root mean squared error</source>
            <translation>RMSE，均方根误差</translation>
        </message>
        <message>
            <source>MAE, mean absolute error</source>
            <translation>MAE，平均绝对误差</translation>
        </message>
        <message>
            <source>always saying the mean gets 0</source>
            <translation>总说平均值为 0</translation>
        </message>
        <message>
            <source>Rounded to two digits; the guarantee does not cover them.</source>
            <translation>四舍五入到两位；隐私保证不涵盖这些数字。</translation>
        </message>
        <message>
            <source>years</source>
            <translation>年</translation>
        </message>
        <message>
            <source>months</source>
            <translation>月</translation>
        </message>
        <message>
            <source>weeks</source>
            <translation>周</translation>
        </message>
        <message>
            <source>days</source>
            <translation>天</translation>
        </message>
        <message>
            <source>hours</source>
            <translation>小时</translation>
        </message>
        <message>
            <source>minutes</source>
            <translation>分钟</translation>
        </message>
        <message>
            <source>{0}+ rows</source>
            <translation>{0}+ 行</translation>
        </message>
        <message>
            <source>rows not known</source>
            <translation>行数未知</translation>
        </message>
        <message>
            <source>Training</source>
            <translation>训练</translation>
        </message>
        <message>
            <source>Preparing a draft</source>
            <translation>准备草稿</translation>
        </message>
        <message>
            <source>Comparing with the catalogue</source>
            <translation>与目录比较</translation>
        </message>
        <message>
            <source>Predicting</source>
            <translation>预测</translation>
        </message>
        <message>
            <source>Fetching a model</source>
            <translation>获取模型</translation>
        </message>
        <message>
            <source>Syncing the catalogue</source>
            <translation>同步目录</translation>
        </message>
        <message>
            <source>Taking in a model</source>
            <translation>接收模型</translation>
        </message>
        <message>
            <source>A copy by another publisher: it is the very same sketch, and came later.</source>
            <translation>其他发布者的副本：概要完全相同，且出现较晚。</translation>
        </message>
        <message>
            <source>Its sketch and its answers are the same, as far as noise can tell.</source>
            <translation>在噪声可分辨的范围内，其概要和回答都相同。</translation>
        </message>
        <message>
            <source>It is the very same sketch; the models were not run side by side.</source>
            <translation>概要完全相同；两个模型未并列运行比较。</translation>
        </message>
        <message>
            <source>Drawing a map</source>
            <translation>正在绘制地图</translation>
        </message>
    </context>
</TS>
